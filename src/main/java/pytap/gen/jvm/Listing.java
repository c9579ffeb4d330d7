package pytap.gen.jvm;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A class as text: each method with its instructions and labels.
final class Listing {
  private final StringBuilder out = new StringBuilder();
  private final ClassModel model;

  Listing(byte[] bytes) {
    model = ClassFile.of().parse(bytes);
  }

  String text() {
    for (MethodModel method : model.methods()) {
      out.append(method.methodName().stringValue())
          .append(method.methodType().stringValue())
          .append('\n');
      if (method.findAttribute(Attributes.code()).isPresent()) {
        new MethodListing().print(method);
      }
    }
    return out.toString();
  }

  private final class MethodListing {
    private final List<Label> labels = new ArrayList<>();

    void print(MethodModel method) {
      List<CodeElement> elements = method.code().orElseThrow().elementList();
      for (CodeElement element : elements) {
        switch (element) {
          case TableSwitchInstruction table -> cases(table.cases(), table.defaultTarget());
          case LookupSwitchInstruction lookup -> cases(lookup.cases(), lookup.defaultTarget());
          case BranchInstruction branch -> number(branch.target());
          case ExceptionCatch caught -> {
            number(caught.tryStart());
            number(caught.tryEnd());
            number(caught.handler());
          }
          default -> {}
        }
      }
      for (CodeElement element : elements) {
        print(element);
      }
    }

    private void print(CodeElement element) {
      if (element instanceof LabelTarget target && labels.contains(target.label())) {
        out.append("  L").append(number(target.label())).append(":\n");
      } else if (element instanceof ExceptionCatch caught) {
        out.append("    try L").append(number(caught.tryStart()));
        out.append(" to L").append(number(caught.tryEnd()));
        out.append(" else L").append(number(caught.handler())).append('\n');
      } else if (element instanceof Instruction instruction) {
        out.append("    ").append(name(instruction)).append(operand(instruction)).append('\n');
      }
    }

    private static String name(Instruction instruction) {
      String name = instruction.opcode().name().toLowerCase(Locale.ROOT);
      return switch (instruction) {
        case LoadInstruction load -> withoutSlot(name);
        case StoreInstruction store -> withoutSlot(name);
        case ConstantInstruction constant -> "push";
        default -> name;
      };
    }

    private static String withoutSlot(String name) {
      int underline = name.indexOf('_');
      return underline < 0 ? name : name.substring(0, underline);
    }

    private int number(Label label) {
      int known = labels.indexOf(label);
      if (known >= 0) {
        return known;
      }
      labels.add(label);
      return labels.size() - 1;
    }

    private String operand(Instruction instruction) {
      return switch (instruction) {
        case LoadInstruction load -> " " + load.slot();
        case StoreInstruction store -> " " + store.slot();
        case IncrementInstruction increment -> " " + increment.slot() + " " + increment.constant();
        case ConstantInstruction constant -> " " + constant.constantValue();
        case TableSwitchInstruction table -> cases(table.cases(), table.defaultTarget());
        case LookupSwitchInstruction lookup -> cases(lookup.cases(), lookup.defaultTarget());
        case BranchInstruction branch -> " L" + number(branch.target());
        case FieldInstruction field -> " " + field.name().stringValue();
        case InvokeInstruction invoke ->
            " "
                + simpleName(invoke.owner().asInternalName())
                + "."
                + invoke.name().stringValue()
                + invoke.type().stringValue();
        default -> "";
      };
    }

    private String cases(List<SwitchCase> cases, Label defaultTarget) {
      StringBuilder text = new StringBuilder();
      for (SwitchCase choice : cases) {
        text.append(' ').append(choice.caseValue()).append(":L").append(number(choice.target()));
      }
      return text.append(" else L").append(number(defaultTarget)).toString();
    }

    private static String simpleName(String internalName) {
      return internalName.substring(internalName.lastIndexOf('/') + 1);
    }
  }
}
