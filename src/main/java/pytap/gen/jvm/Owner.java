package pytap.gen.jvm;

import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import pytap.ir.Type;

/// The classes and method types that generated code names.
final class Owner {
  private static final String RUNTIME = "pytap.runtime";

  static final ClassDesc HANDLERS = of("Handlers");
  static final ClassDesc MACHINE = of("Machine");
  static final ClassDesc BYTE_STRING = of("ByteString");
  static final ClassDesc SITE = of("Site");
  static final ClassDesc SHAPE = of("ProgramShape");
  static final ClassDesc OUTPUT = of("OutputBuffer");
  static final ClassDesc ARRAY = of("AssociativeArray");
  static final ClassDesc STATISTIC = of("Statistic");
  static final ClassDesc WALK = of("Walk");
  static final ClassDesc RECORD = of("EventRecord");
  static final ClassDesc MOMENT = of("Moment");
  static final ClassDesc READER = of("LateReader");
  static final ClassDesc ERROR = of("ScriptError");
  static final ClassDesc ARITHMETIC = of("Arithmetic");
  static final ClassDesc PRINTF = of("Printf");
  static final ClassDesc TEXT_FUNCTIONS = of("TextFunctions");
  static final ClassDesc SESSION_FUNCTIONS = of("SessionFunctions");
  static final ClassDesc MEMORY_FUNCTIONS = of("MemoryFunctions");
  static final ClassDesc QUOTED_TEXT = of("QuotedText");
  static final ClassDesc TIME_FUNCTIONS = of("TimeFunctions");
  static final ClassDesc PROCESS_FUNCTIONS = of("ProcessFunctions");
  static final ClassDesc TASK_FUNCTIONS = of("TaskFunctions");
  static final ClassDesc REGISTER_FUNCTIONS = of("RegisterFunctions");
  static final ClassDesc STACK_FUNCTIONS = of("StackFunctions");
  static final ClassDesc WIDE_TEXT = of("WideText");
  static final ClassDesc NUMBER_FUNCTIONS = of("NumberFunctions");
  static final ClassDesc FLOATING_POINT = of("FloatingPoint");
  static final ClassDesc NAME_FUNCTIONS = of("NameFunctions");
  static final ClassDesc SPECULATIONS = of("Speculations");
  static final ClassDesc SEGMENT = ClassDesc.of("java.lang.foreign.MemorySegment");

  static final ClassDesc VOID = ConstantDescs.CD_void;
  static final ClassDesc LONG = ConstantDescs.CD_long;
  static final ClassDesc INT = ConstantDescs.CD_int;
  static final ClassDesc BOOLEAN = ConstantDescs.CD_boolean;
  static final ClassDesc OBJECT = ConstantDescs.CD_Object;

  private Owner() {}

  private static ClassDesc of(String name) {
    return ClassDesc.of(RUNTIME, name);
  }

  /// How a script's type looks in the JVM.
  static ClassDesc of(Type type) {
    return switch (type) {
      case LONG -> LONG;
      case STRING -> BYTE_STRING;
      case STATISTIC -> STATISTIC;
      case VOID -> VOID;
    };
  }

  static MethodTypeDesc type(ClassDesc result, ClassDesc... parameters) {
    return MethodTypeDesc.of(result, parameters);
  }
}
