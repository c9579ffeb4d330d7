package pytap.asm.x86;

/// What follows each opcode byte: one letter per opcode, sixteen per row.
///
/// `n` nothing, `m` ModRM, `b` ModRM and imm8, `z` ModRM and imm16/32, `g` ModRM and, for
/// extensions 0 and 1, an immediate (groups f6 and f7), `i` imm8, `I` imm16/32, `v` an immediate of
/// the full operand width, `w` imm16, `e` imm16 and imm8, `o` a full address, `r` rel8, `R` rel32,
/// `x` not valid in 64-bit mode, `p` a prefix, read before the opcode.
final class OpcodeForms {
  static final String ONE_BYTE =
      "mmmmiIxxmmmmiIxp" // 00
          + "mmmmiIxxmmmmiIxx" // 10
          + "mmmmiIpxmmmmiIpx" // 20
          + "mmmmiIpxmmmmiIpx" // 30
          + "pppppppppppppppp" // 40
          + "nnnnnnnnnnnnnnnn" // 50
          + "xxpmppppIzibnnnn" // 60
          + "rrrrrrrrrrrrrrrr" // 70
          + "bzxbmmmmmmmmmmmm" // 80
          + "nnnnnnnnnnxnnnnn" // 90
          + "oooonnnniInnnnnn" // a0
          + "iiiiiiiivvvvvvvv" // b0
          + "bbwnppbzenwnnixn" // c0
          + "mmmmxxxnmmmmmmmm" // d0
          + "rrrriiiiRRxrnnnn" // e0
          + "pnppnnggnnnnnnmm"; // f0

  static final String TWO_BYTE =
      "mmmmxnnnnnxnxmnb" // 00
          + "mmmmmmmmmmmmmmmm" // 10
          + "mmmmxxxxmmmmmmmm" // 20
          + "nnnnnnxnpxpxxxxx" // 30
          + "mmmmmmmmmmmmmmmm" // 40
          + "mmmmmmmmmmmmmmmm" // 50
          + "mmmmmmmmmmmmmmmm" // 60
          + "bbbbmmmnmmxxmmmm" // 70
          + "RRRRRRRRRRRRRRRR" // 80
          + "mmmmmmmmmmmmmmmm" // 90
          + "nnnmbmmmnnnmbmmm" // a0
          + "mmmmmmmmmmbmmmmm" // b0
          + "mmbmbbbmnnnnnnnn" // c0
          + "mmmmmmmmmmmmmmmm" // d0
          + "mmmmmmmmmmmmmmmm" // e0
          + "mmmmmmmmmmmmmmmm"; // f0

  private OpcodeForms() {}

  static char form(OpcodeMap map, int opcode) {
    return switch (map) {
      case ONE_BYTE -> ONE_BYTE.charAt(opcode);
      case TWO_BYTE -> TWO_BYTE.charAt(opcode);
      case THREE_BYTE_38, EVEX_ONLY -> 'm';
      case THREE_BYTE_3A -> 'b';
    };
  }
}
