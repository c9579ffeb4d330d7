package pytap.asm.bpf;

import java.util.List;

/// Finished eBPF code as data. Two programs with the same instructions are equal.
///
/// @param insns one element per slot
/// @param maps where maps are named: patched when the program is loaded
/// @param functions the main program at slot 0 and the subprograms, in the order of their slots
public record Program(List<Insn> insns, List<MapUse> maps, List<Function> functions) {

  /// A 64-bit immediate load that names a map by its number.
  ///
  /// @param slot the first of the two slots
  /// @param map the map's number, from 0
  public record MapUse(int slot, int map) {}

  /// A function begins at `slot`.
  public record Function(String name, int slot) {}

  public Program {
    insns = List.copyOf(insns);
    maps = List.copyOf(maps);
    functions = List.copyOf(functions);
  }

  /// The name of the main program.
  public String name() {
    return functions.getFirst().name();
  }

  /// The number of slots; the kernel takes up to a million.
  public int slots() {
    return insns.size();
  }

  /// The code as bytes, with each map's number where its file descriptor belongs.
  public byte[] code() {
    byte[] code = new byte[insns.size() * Insn.BYTES];
    for (int i = 0; i < insns.size(); i++) {
      insns.get(i).encode(code, i * Insn.BYTES);
    }
    return code;
  }

  /// The code as bytes, ready to load.
  ///
  /// @param mapFds file descriptor of each map, by number
  public byte[] code(List<Integer> mapFds) {
    byte[] code = code();
    for (MapUse use : maps) {
      if (use.map() >= mapFds.size()) {
        throw new IllegalStateException(
            "program uses map " + use.map() + " of " + mapFds.size() + " given");
      }
      Insn unpatched = insns.get(use.slot());
      new Insn(unpatched.code(), unpatched.dst(), unpatched.src(), 0, mapFds.get(use.map()))
          .encode(code, use.slot() * Insn.BYTES);
    }
    return code;
  }

  /// The disassembly: one line per instruction, a heading line per subprogram.
  @Override
  public String toString() {
    return Disassembler.text(this);
  }
}
