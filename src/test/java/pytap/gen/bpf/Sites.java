package pytap.gen.bpf;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.LineTable;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.UnicodeLayout;
import pytap.probe.Value;

/// Sites made for tests: their arguments are in RDI, RSI, RDX, RCX.
final class Sites {
  static final Value RDI = Value.register(Register.RDI);
  static final Value RSI = Value.register(Register.RSI);
  static final Value RDX = Value.register(Register.RDX);
  static final Value RCX = Value.register(Register.RCX);
  static final UnicodeLayout PEP_393 = new UnicodeLayout.Pep393(16, 32, 48, 72);

  /// No user address: reading it fails.
  static final long UNREADABLE = 16;

  private Sites() {}

  static ProbeSite site(Condition condition, Argument... arguments) {
    return new ProbeSite(
        0x1000,
        0x1000,
        OptionalLong.empty(),
        condition,
        Optional.empty(),
        List.of(arguments),
        ProbeSite.Cost.EMULATED,
        "made for a test");
  }

  static ProbeSite site(Argument... arguments) {
    return site(new Condition.Always(), arguments);
  }

  static Argument scalar(Value value) {
    return new Argument.Scalar(value);
  }

  static LineTable table(LineTable.Form form) {
    return new LineTable(form, 0, 8, 0, 8);
  }

  static Argument line(LineTable.Form form) {
    return new Argument.Line(RDI, Optional.of(RSI), table(form));
  }
}
