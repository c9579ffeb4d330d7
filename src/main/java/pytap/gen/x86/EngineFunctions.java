package pytap.gen.x86;

import java.util.Map;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.gen.RegionLayout;

/// The functions that site programs call, see the package's ABI.
final class EngineFunctions {
  private final Assembler code;
  private final RegionLayout region;

  EngineFunctions(Assembler code, RegionLayout region) {
    this.code = code;
    this.region = region;
  }

  /// Appends their code and enters where each is.
  void emit(Map<BpfFunction, Linkage.Target> functions) {
    UserReads reads = new UserReads(code);
    IdentityFunctions identity = new IdentityFunctions(code);
    reads.shared();
    bind(functions, BpfFunction.PROBE_READ_USER);
    reads.read();
    bind(functions, BpfFunction.PROBE_READ_USER_STR);
    reads.readString();
    Label pidTgid = bind(functions, BpfFunction.GET_CURRENT_PID_TGID);
    identity.pidTgid();
    bind(functions, BpfFunction.PROBE_READ_KERNEL);
    identity.readKernel(pidTgid, reads.fault());
    bind(functions, BpfFunction.GET_CURRENT_TASK);
    identity.task();
    bind(functions, BpfFunction.GET_CURRENT_UID_GID);
    identity.uidGid();
    bind(functions, BpfFunction.GET_CURRENT_COMM);
    identity.comm();
    bind(functions, BpfFunction.GET_SMP_PROCESSOR_ID);
    identity.processor();
    Label time = bind(functions, BpfFunction.KTIME_GET_NS);
    identity.time();
    bind(functions, BpfFunction.RINGBUF_OUTPUT);
    new RingWriter(code, region, time).output();
    bind(functions, BpfFunction.GET_ATTACH_COOKIE);
    code.load(8, GeneralRegister.RAX, GeneralRegister.RDI, Trampolines.COOKIE);
    code.ret();
    bind(functions, BpfFunction.MAP_LOOKUP_ELEM);
    lookup();
  }

  private Label bind(Map<BpfFunction, Linkage.Target> functions, BpfFunction function) {
    Label label = code.label(function.kernelName());
    functions.put(function, new Linkage.Target.Near(label));
    code.bind(label);
    return label;
  }

  /// The handle of an array of one value is the value's address, that of other maps is 0.
  private void lookup() {
    Label none = code.label("none");
    code.mov(GeneralRegister.RAX, 0);
    code.load(4, GeneralRegister.RCX, GeneralRegister.RSI, 0);
    code.test(false, GeneralRegister.RCX, GeneralRegister.RCX);
    code.jumpIf(Condition.NOT_EQUAL, none);
    code.mov(true, GeneralRegister.RAX, GeneralRegister.RDI);
    code.bind(none);
    code.ret();
  }
}
