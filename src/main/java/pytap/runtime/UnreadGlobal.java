package pytap.runtime;

/// Prints one global that nothing reads: `cnt=5`, `name="abc"`, `tab["y",2]=9` by falling value.
record UnreadGlobal(Machine machine, GlobalShape global) {

  void print() {
    if (global.isArray()) {
      printArray();
      return;
    }
    if (global.statistic().isPresent()) {
      machine.out.text(ByteString.ofLatin1(global.name()));
      appendStatistic(machine.statistics[global.slot()]);
      machine.out.octet('\n');
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
    AssociativeArray array = machine.arrays[global.slot()];
    boolean statistic = global.statistic().isPresent();
    int order = statistic ? Walk.BY_AGGREGATE : Walk.BY_VALUE;
    Walk walk = Walk.over(array, order, Statistic.COUNT, true, Long.MAX_VALUE);
    for (int i = 0; i < walk.size(); i++) {
      machine.out.text(ByteString.ofLatin1(global.name()));
      appendKeys(walk, i);
      if (statistic) {
        setKey(array, walk, i);
        appendStatistic(array.statistic());
        machine.out.octet('\n');
        continue;
      }
      machine.out.octet('=');
      if (global.text()) {
        appendQuoted(walk.text(i));
      } else {
        machine.out.decimal(walk.number(i));
      }
      machine.out.octet('\n');
    }
  }

  private void setKey(AssociativeArray array, Walk walk, int index) {
    for (int column = 0; column < array.numberColumns; column++) {
      array.key(column, walk.keyNumber(index, column));
    }
    for (int column = 0; column < array.textColumns; column++) {
      array.key(column, walk.keyText(index, column));
    }
  }

  private void appendStatistic(Statistic statistic) {
    if (statistic.count() == 0) {
      machine.out.text(ByteString.ofLatin1(" @count=0x0"));
      return;
    }
    append(" @count=", statistic.count());
    append(" @min=", statistic.value(Statistic.MIN));
    append(" @max=", statistic.value(Statistic.MAX));
    append(" @sum=", statistic.sum());
    append(" @avg=", statistic.value(Statistic.AVERAGE));
  }

  private void append(String name, long value) {
    machine.out.text(ByteString.ofLatin1(name));
    machine.out.decimal(value);
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
    Escapes.append(text, machine.out);
    machine.out.octet('"');
  }
}
