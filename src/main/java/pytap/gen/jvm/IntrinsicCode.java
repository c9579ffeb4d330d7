package pytap.gen.jvm;

import java.lang.constant.ClassDesc;
import java.util.List;
import java.util.Optional;
import pytap.ir.Expr;
import pytap.ir.Intrinsic;
import pytap.ir.Probe;
import pytap.place.Fact;
import pytap.probe.Occasion;

/// Writes calls of intrinsics.
final class IntrinsicCode {
  private final MethodCode method;
  private final ExpressionCode expressions;
  private final Optional<Probe> probe;
  private final Optional<Captures> captures;
  private final MemoryCode memory;

  IntrinsicCode(
      MethodCode method,
      ExpressionCode expressions,
      Optional<Probe> probe,
      Optional<Captures> captures) {
    this.method = method;
    this.expressions = expressions;
    this.probe = probe;
    this.captures = captures;
    memory = new MemoryCode(method, expressions, captures);
  }

  void call(Expr.IntrinsicCall call) {
    switch (call.intrinsic().kind()) {
      case CONTEXT, SESSION, PURE -> callRuntime(call);
      case MEMORY -> memory.call(call);
      case PROBE -> pushOfProbe(call.intrinsic().name());
    }
  }

  private void callRuntime(Expr.IntrinsicCall call) {
    if (call.intrinsic().name().equals("pp")) {
      pushPoint("pp");
      method.pushMachine();
      method.call(
          Owner.SESSION_FUNCTIONS, "pp", Owner.BYTE_STRING, Owner.BYTE_STRING, Owner.MACHINE);
      return;
    }
    Optional<MomentFact> fact = MomentFact.of(call.intrinsic().name());
    if (fact.isPresent()) {
      pushMoment(call, fact.get());
      return;
    }
    Intrinsic intrinsic = call.intrinsic();
    RuntimeMethod runtime = RuntimeMethod.of(intrinsic.name());
    List<Expr> arguments = call.arguments();
    int extra = (runtime.machine() ? 1 : 0) + (runtime.site() ? 1 : 0);
    ClassDesc[] parameters = new ClassDesc[arguments.size() + extra];
    for (int i = 0; i < arguments.size(); i++) {
      expressions.push(arguments.get(i));
      parameters[i] = Owner.of(intrinsic.parameters().get(i));
    }
    if (runtime.machine()) {
      method.pushMachine();
      parameters[arguments.size()] = Owner.MACHINE;
    }
    if (runtime.site()) {
      method.pushSite(ScriptToken.identifier(intrinsic.name()), call.span());
      parameters[parameters.length - 1] = Owner.SITE;
    }
    method.call(runtime.owner(), runtime.name(), Owner.of(intrinsic.result()), parameters);
  }

  private void pushMoment(Expr.IntrinsicCall call, MomentFact fact) {
    if (captures.isPresent() && !captures.get().has(fact.fact())) {
      throw new IllegalStateException(
          call.intrinsic().name() + "() needs " + fact.fact() + ", which is not captured");
    }
    method.pushMachineField("moment", Owner.MOMENT);
    method.virtual(Owner.MOMENT, fact.method(), Owner.of(call.intrinsic().result()));
  }

  private void pushOfProbe(String name) {
    switch (name) {
      case "pn" -> pushPoint("pn");
      case "pnlabel" -> method.pushText(""); // no probe stands on a label
      case "ppfunc" -> pushFunction();
      case "is_return" -> {
        pushPoint("pn");
        method.call(Owner.SESSION_FUNCTIONS, "isReturn", Owner.LONG, Owner.BYTE_STRING);
      }
      case "probe_type" -> {
        pushPoint("pp");
        method.call(Owner.SESSION_FUNCTIONS, "probeType", Owner.BYTE_STRING, Owner.BYTE_STRING);
      }
      default -> throw new IllegalStateException("no code for " + name + "()");
    }
  }

  private void pushFunction() {
    if (probe.isPresent() && !(probe.get().occasion() instanceof Occasion.Function)) {
      method.pushText(""); // no marker stands in a named function
      return;
    }
    method.pushMachine();
    method.call(Owner.SESSION_FUNCTIONS, "ppfunc", Owner.BYTE_STRING, Owner.MACHINE);
  }

  /// A function's caller is known only when it runs; a handler knows its probe.
  private void pushPoint(String name) {
    switch (name) {
      case "pp" -> {
        if (probe.isPresent()) {
          method.pushText(probe.get().point().toString());
        } else {
          method.pushMachine();
          method.virtual(Owner.MACHINE, "point", Owner.BYTE_STRING);
        }
      }
      case "pn" -> {
        if (probe.isPresent()) {
          method.pushText(probe.get().written().toString());
        } else {
          method.pushMachine();
          method.virtual(Owner.MACHINE, "writtenPoint", Owner.BYTE_STRING);
        }
      }
      default -> throw new IllegalStateException("no code for " + name + "()");
    }
  }

  /// A function of the moment, and the fact it is computed from.
  private record MomentFact(String method, Fact fact) {

    static Optional<MomentFact> of(String name) {
      return switch (name) {
        case "pid", "tid" -> of(name, Fact.PID_TGID);
        case "ns_pid" -> of("pid", Fact.PID_TGID);
        case "ns_tid" -> of("tid", Fact.PID_TGID);
        case "uid", "gid" -> of(name, Fact.UID_GID);
        case "ns_uid" -> of("uid", Fact.UID_GID);
        case "ns_gid" -> of("gid", Fact.UID_GID);
        case "euid", "egid" -> of(name, Fact.EUID_EGID);
        case "ns_euid" -> of("euid", Fact.EUID_EGID);
        case "ns_egid" -> of("egid", Fact.EUID_EGID);
        case "ppid", "ns_ppid" -> of("ppid", Fact.PPID);
        case "cpu", "cpuid" -> of("cpu", Fact.CPU);
        case "execname" -> of(name, Fact.EXECNAME);
        case "uaddr", "addr" -> of("uaddr", Fact.UADDR);
        case "gettimeofday_s" -> of("realtimeSeconds", Fact.TIME_NANOS);
        case "gettimeofday_ms" -> of("realtimeMillis", Fact.TIME_NANOS);
        case "gettimeofday_us", "qs_time" -> of("realtimeMicros", Fact.TIME_NANOS);
        case "gettimeofday_ns" -> of("realtimeNanos", Fact.TIME_NANOS);
        case "local_clock_s" -> of("monotonicSeconds", Fact.TIME_NANOS);
        case "local_clock_ms" -> of("monotonicMillis", Fact.TIME_NANOS);
        case "local_clock_us" -> of("monotonicMicros", Fact.TIME_NANOS);
        case "local_clock_ns", "ktime_get_ns", "get_cycles" ->
            of("monotonicNanos", Fact.TIME_NANOS);
        default -> Optional.empty();
      };
    }

    private static Optional<MomentFact> of(String method, Fact fact) {
      return Optional.of(new MomentFact(method, fact));
    }
  }
}
