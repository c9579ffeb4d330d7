import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;

import java.io.IOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Runs between compiling and packing: `java PlainCalls.java CLASSES` rewrites the class files of a
/// directory so that pattern switches over types and the `equals`, `hashCode` and `toString` of
/// records are plain methods.
///
/// The compiler leaves them as `invokedynamic`, which a JVM links at the first use of every single
/// place by spinning a hidden class: 0.4 to 3 ms for a switch, up to 20 ms for a record method,
/// also with an AOT cache (JDK 25). pytap passes some 60 such places before its first probe is
/// armed.
///
/// Every call becomes one of a private static synthetic method of the same class with the same
/// type. The methods answer as `java.lang.runtime.SwitchBootstraps` and `ObjectMethods` say. A
/// switch with labels other than types stays as it is.
final class PlainCalls {
  private static final int PLAIN_FLAGS =
      ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;

  private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
  private static final ClassDesc BUILDER = ClassDesc.of("java.lang.StringBuilder");
  private static final ClassDesc SWITCHES = ClassDesc.of("java.lang.runtime.SwitchBootstraps");
  private static final ClassDesc RECORDS = ClassDesc.of("java.lang.runtime.ObjectMethods");

  /// A method to be added.
  private record Plain(String name, MethodTypeDesc type, Consumer<CodeBuilder> code) {}

  /// A component of a record.
  private record Component(String name, ClassDesc type) {}

  private final ClassDesc owner;
  private final boolean isInterface;
  private final List<Plain> added = new ArrayList<>();

  private PlainCalls(ClassModel model) {
    this.owner = model.thisClass().asSymbol();
    this.isInterface = (model.flags().flagsMask() & ClassFile.ACC_INTERFACE) != 0;
  }

  public static void main(String[] words) throws IOException {
    Path root = Path.of(words[0]);
    ClassHierarchyResolver here =
        ClassHierarchyResolver.ofResourceParsing(type -> {
          Path file = root.resolve(binaryName(type) + ".class");
          try {
            return Files.exists(file) ? Files.newInputStream(file) : null;
          } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
          }
        });
    ClassFile classFile =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                here.orElse(ClassHierarchyResolver.defaultResolver())),
            ClassFile.ConstantPoolSharingOption.NEW_POOL);
    List<Path> files;
    try (Stream<Path> walk = Files.walk(root)) {
      files = walk.filter(file -> file.toString().endsWith(".class")).toList();
    }
    for (Path file : files) {
      rewrite(classFile, file);
    }
  }

  private static String binaryName(ClassDesc type) {
    String descriptor = type.descriptorString();
    return descriptor.substring(1, descriptor.length() - 1);
  }

  private static void rewrite(ClassFile classFile, Path file) throws IOException {
    ClassModel model = classFile.parse(file);
    PlainCalls plain = new PlainCalls(model);
    ClassTransform calls = ClassTransform.transformingMethodBodies(plain::replace);
    ClassTransform methods =
        ClassTransform.ofStateful(() ->
            new ClassTransform() {
              @Override
              public void accept(ClassBuilder builder, ClassElement element) {
                builder.with(element);
              }

              @Override
              public void atEnd(ClassBuilder builder) {
                plain.added.forEach(method ->
                    builder.withMethodBody(
                        method.name(), method.type(), PLAIN_FLAGS, method.code()));
              }
            });
    byte[] rewritten = classFile.transformClass(model, calls.andThen(methods));
    if (!plain.added.isEmpty()) {
      Files.write(file, rewritten);
    }
  }

  private void replace(CodeBuilder builder, CodeElement element) {
    Optional<Consumer<CodeBuilder>> code =
        element instanceof InvokeDynamicInstruction call ? plain(call) : Optional.empty();
    if (code.isEmpty()) {
      builder.with(element);
      return;
    }
    InvokeDynamicInstruction call = (InvokeDynamicInstruction) element;
    String name = "plain$" + call.name() + "$" + added.size();
    added.add(new Plain(name, call.typeSymbol(), code.get()));
    builder.invokestatic(owner, name, call.typeSymbol(), isInterface);
  }

  private static Optional<Consumer<CodeBuilder>> plain(InvokeDynamicInstruction call) {
    DirectMethodHandleDesc bootstrap = call.bootstrapMethod();
    if (bootstrap.owner().equals(SWITCHES) && bootstrap.methodName().equals("typeSwitch")) {
      return typeSwitch(call.bootstrapArgs());
    }
    if (!bootstrap.owner().equals(RECORDS)) {
      return Optional.empty();
    }
    ClassDesc owner = (ClassDesc) call.bootstrapArgs().getFirst();
    List<Component> components = components(call.bootstrapArgs());
    return Optional.of(
        switch (call.name().stringValue()) {
          case "equals" -> code -> equals(code, owner, components);
          case "hashCode" -> code -> hashCode(code, owner, components);
          case "toString" -> code -> toString(code, owner, components);
          default -> throw new IllegalStateException("ObjectMethods makes no " + call.name());
        });
  }

  /// The number of the first label from the second argument on that fits the first; -1 for null,
  /// and the number of labels where none fits.
  private static Optional<Consumer<CodeBuilder>> typeSwitch(List<ConstantDesc> labels) {
    for (ConstantDesc label : labels) {
      if (!(label instanceof ClassDesc type) || type.isPrimitive()) {
        return Optional.empty();
      }
    }
    return Optional.of(code -> {
      Label present = code.newLabel();
      code.aload(0).ifnonnull(present).iconst_m1().ireturn().labelBinding(present);
      for (int i = 0; i < labels.size(); i++) {
        Label next = code.newLabel();
        code.iload(1).loadConstant(i).if_icmpgt(next);
        code.aload(0).instanceOf((ClassDesc) labels.get(i)).ifeq(next);
        code.loadConstant(i).ireturn().labelBinding(next);
      }
      code.loadConstant(labels.size()).ireturn();
    });
  }

  private static List<Component> components(List<ConstantDesc> arguments) {
    List<Component> components = new ArrayList<>();
    for (ConstantDesc argument : arguments.subList(2, arguments.size())) {
      DirectMethodHandleDesc field = (DirectMethodHandleDesc) argument;
      components.add(new Component(field.methodName(), field.invocationType().returnType()));
    }
    return components;
  }

  private static void equals(CodeBuilder code, ClassDesc owner, List<Component> components) {
    Label different = code.newLabel();
    Label sameType = code.newLabel();
    code.aload(0).aload(1).if_acmpne(sameType).iconst_1().ireturn().labelBinding(sameType);
    code.aload(1).instanceOf(owner).ifeq(different);
    for (Component component : components) {
      code.aload(0).getfield(owner, component.name(), component.type());
      code.aload(1).checkcast(owner).getfield(owner, component.name(), component.type());
      ClassDesc type = component.type();
      switch (TypeKind.from(type).asLoadable()) {
        case INT -> code.if_icmpne(different);
        case LONG -> code.lcmp().ifne(different);
        case FLOAT, DOUBLE ->
            code.invokestatic(box(type), "compare", compare(type)).ifne(different);
        default ->
            code.invokestatic(
                    OBJECTS, "equals", MethodTypeDesc.of(CD_boolean, CD_Object, CD_Object))
                .ifeq(different);
      }
    }
    code.iconst_1().ireturn().labelBinding(different).iconst_0().ireturn();
  }

  private static MethodTypeDesc compare(ClassDesc type) {
    return MethodTypeDesc.of(CD_int, type, type);
  }

  private static void hashCode(CodeBuilder code, ClassDesc owner, List<Component> components) {
    code.iconst_0();
    for (Component component : components) {
      ClassDesc type = component.type();
      code.loadConstant(31).imul();
      code.aload(0).getfield(owner, component.name(), type);
      if (type.isPrimitive()) {
        code.invokestatic(box(type), "hashCode", MethodTypeDesc.of(CD_int, type));
      } else {
        code.invokestatic(OBJECTS, "hashCode", MethodTypeDesc.of(CD_int, CD_Object));
      }
      code.iadd();
    }
    code.ireturn();
  }

  private static ClassDesc box(ClassDesc type) {
    return ClassDesc.of(
        switch (type.descriptorString()) {
          case "Z" -> "java.lang.Boolean";
          case "B" -> "java.lang.Byte";
          case "C" -> "java.lang.Character";
          case "S" -> "java.lang.Short";
          case "I" -> "java.lang.Integer";
          case "J" -> "java.lang.Long";
          case "F" -> "java.lang.Float";
          default -> "java.lang.Double";
        });
  }

  /// `Name[first=1, second=2]`.
  private static void toString(CodeBuilder code, ClassDesc owner, List<Component> components) {
    code.new_(BUILDER).dup().invokespecial(BUILDER, "<init>", MethodTypeDesc.ofDescriptor("()V"));
    String name = owner.displayName();
    String before = name.substring(name.lastIndexOf('$') + 1) + "[";
    for (Component component : components) {
      append(code.loadConstant(before + component.name() + "="), CD_String);
      append(code.aload(0).getfield(owner, component.name(), component.type()), component.type());
      before = ", ";
    }
    append(code.loadConstant(components.isEmpty() ? before + "]" : "]"), CD_String);
    code.invokevirtual(BUILDER, "toString", MethodTypeDesc.of(CD_String)).areturn();
  }

  private static void append(CodeBuilder code, ClassDesc type) {
    ClassDesc taken =
        switch (type.descriptorString()) {
          case "B", "S" -> CD_int;
          case "Ljava/lang/String;" -> CD_String;
          default -> type.isPrimitive() ? type : CD_Object;
        };
    code.invokevirtual(BUILDER, "append", MethodTypeDesc.of(BUILDER, taken));
  }
}
