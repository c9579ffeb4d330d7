package pytap.runtime;

/// Prints one global that nothing reads: `cnt=5`, `name="abc"`, `tab["y",2]=9` by falling value.
record UnreadGlobal(Machine machine, GlobalShape global) {

  void print() {
    if (global.isArray()) {
      printArray();
      return;
    }
    appendName();
    if (global.text()) {
      appendQuoted(machine.texts[global.slot()]);
    } else {
      machine.out.decimal(machine.numbers[global.slot()]);
    }
    machine.out.octet('\n');
  }

  private void printArray() {
    Walk walk = Walk.over(machine.arrays[global.slot()], Walk.BY_VALUE, 0, true, Long.MAX_VALUE);
    for (int i = 0; i < walk.size(); i++) {
      machine.out.text(ByteString.ofLatin1(global.name()));
      appendKeys(walk, i);
      machine.out.octet('=');
      if (global.text()) {
        appendQuoted(walk.text(i));
      } else {
        machine.out.decimal(walk.number(i));
      }
      machine.out.octet('\n');
    }
  }

  private void appendKeys(Walk walk, int index) {
    int numberColumn = 0;
    int textColumn = 0;
    char before = '[';
    for (Boolean text : global.textKeys()) {
      machine.out.octet(before);
      before = ',';
      if (text) {
        appendQuoted(walk.keyText(index, textColumn++));
      } else {
        machine.out.decimal(walk.keyNumber(index, numberColumn++));
      }
    }
    machine.out.octet(']');
  }

  private void appendName() {
    machine.out.text(ByteString.ofLatin1(global.name()));
    machine.out.octet('=');
  }

  private void appendQuoted(ByteString text) {
    machine.out.octet('"');
    machine.out.text(text);
    machine.out.octet('"');
  }
}
