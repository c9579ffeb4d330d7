package pytap.resolve;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.Gap;
import pytap.probe.LineTable;
import pytap.probe.MarkerSites;
import pytap.probe.ObjectLayout;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.UnicodeLayout;
import pytap.probe.Value;

/// A marker's sites as bytes, for the same pytap to read again. Each choice is a number and then
/// its parts in order. Sites with a callback have no such form.
final class SiteCodec {
  private SiteCodec() {}

  static boolean canEncode(MarkerSites sites) {
    return sites.sites().stream().allMatch(site -> site.callback().isEmpty());
  }

  /// @param sites that can be encoded
  static byte[] encode(MarkerSites sites) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      new Writer(new DataOutputStream(bytes)).write(sites);
    } catch (IOException impossible) {
      throw new IllegalStateException("writing to memory", impossible);
    }
    return bytes.toByteArray();
  }

  /// @throws IOException where the bytes are not what [#encode] makes
  static MarkerSites decode(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    MarkerSites sites = new Reader(in).sites();
    if (in.available() > 0) {
      throw new IOException("there is more behind the sites");
    }
    return sites;
  }

  private record Writer(DataOutputStream out) {

    void write(MarkerSites sites) throws IOException {
      out.writeUTF(sites.marker());
      out.writeUTF(sites.mechanism());
      out.writeInt(sites.sites().size());
      for (ProbeSite site : sites.sites()) {
        write(site);
      }
      out.writeInt(sites.gaps().size());
      for (Gap gap : sites.gaps()) {
        write(gap);
      }
    }

    private void write(ProbeSite site) throws IOException {
      out.writeLong(site.address());
      out.writeLong(site.fileOffset());
      out.writeBoolean(site.semaphoreFileOffset().isPresent());
      out.writeLong(site.semaphoreFileOffset().orElse(0));
      write(site.condition());
      write(site.frame());
      out.writeInt(site.arguments().size());
      for (Argument argument : site.arguments()) {
        write(argument);
      }
      out.writeByte(site.cost().ordinal());
      out.writeInt(site.window().map(PatchWindow::sizeBytes).orElse(0));
      out.writeLong(site.window().map(PatchWindow::address).orElse(0L));
      out.writeUTF(site.what());
    }

    private void write(Gap gap) throws IOException {
      switch (gap) {
        case Gap.Always(String what) -> {
          out.writeByte(0);
          out.writeUTF(what);
        }
        case Gap.OnRequest(String what, String variable, boolean unasked) -> {
          out.writeByte(1);
          out.writeUTF(what);
          out.writeUTF(variable);
          out.writeBoolean(unasked);
        }
      }
    }

    private void write(Condition condition) throws IOException {
      switch (condition) {
        case Condition.Always always -> out.writeByte(0);
        case Condition.Equal(Value left, Value right) -> {
          out.writeByte(1);
          write(left);
          write(right);
        }
        case Condition.Less(Value left, Value right) -> {
          out.writeByte(2);
          write(left);
          write(right);
        }
        case Condition.Not(Condition denied) -> {
          out.writeByte(3);
          write(denied);
        }
        case Condition.All(List<Condition> conditions) -> {
          out.writeByte(4);
          writeAll(conditions);
        }
        case Condition.Any(List<Condition> conditions) -> {
          out.writeByte(5);
          writeAll(conditions);
        }
      }
    }

    private void writeAll(List<Condition> conditions) throws IOException {
      out.writeInt(conditions.size());
      for (Condition condition : conditions) {
        write(condition);
      }
    }

    private void write(Argument argument) throws IOException {
      switch (argument) {
        case Argument.Scalar(Value value) -> {
          out.writeByte(0);
          write(value);
        }
        case Argument.PythonText(Value object, UnicodeLayout layout) -> {
          out.writeByte(1);
          write(object);
          write(layout);
        }
        case Argument.Line(Value code, Optional<Value> byteOffset, LineTable table) -> {
          out.writeByte(2);
          write(code);
          write(byteOffset);
          write(table);
        }
        case Argument.PythonTuple(Value object, ObjectLayout layout) -> {
          out.writeByte(3);
          write(object);
          write(layout);
        }
      }
    }

    private void write(ObjectLayout layout) throws IOException {
      write(layout.text());
      out.writeInt(layout.type());
      out.writeInt(layout.typeFlags());
      out.writeInt(layout.typeName());
      out.writeInt(layout.head());
      out.writeInt(layout.tupleItems());
      out.writeInt(layout.bytesData());
      out.writeBoolean(layout.taggedInts());
    }

    private void write(UnicodeLayout layout) throws IOException {
      switch (layout) {
        case UnicodeLayout.Pep393(
                int length,
                int state,
                int asciiData,
                int compactData,
                int kindBit) -> {
          out.writeByte(0);
          out.writeInt(length);
          out.writeInt(state);
          out.writeInt(asciiData);
          out.writeInt(compactData);
          out.writeInt(kindBit);
        }
        case UnicodeLayout.Bytes(int length, int data) -> {
          out.writeByte(1);
          out.writeInt(length);
          out.writeInt(data);
        }
      }
    }

    private void write(LineTable table) throws IOException {
      out.writeByte(table.form().ordinal());
      out.writeInt(table.firstLine());
      out.writeInt(table.table());
      out.writeInt(table.sizeOffset());
      out.writeInt(table.dataOffset());
    }

    private void write(Optional<Value> value) throws IOException {
      out.writeBoolean(value.isPresent());
      if (value.isPresent()) {
        write(value.get());
      }
    }

    private void write(Value value) throws IOException {
      switch (value) {
        case Value.OfRegister(Register register) -> {
          out.writeByte(0);
          out.writeByte(register.ordinal());
        }
        case Value.Constant(long number) -> {
          out.writeByte(1);
          out.writeLong(number);
        }
        case Value.Static(long address) -> {
          out.writeByte(2);
          out.writeLong(address);
        }
        case Value.Load(Value address, int widthBytes, boolean signed) -> {
          out.writeByte(3);
          write(address);
          out.writeByte(widthBytes);
          out.writeBoolean(signed);
        }
        case Value.Sum(Value base, long offset) -> {
          out.writeByte(4);
          write(base);
          out.writeLong(offset);
        }
        case Value.Difference(Value left, Value right) -> {
          out.writeByte(5);
          write(left);
          write(right);
        }
        case Value.Masked(Value base, long mask) -> {
          out.writeByte(6);
          write(base);
          out.writeLong(mask);
        }
        case Value.ShiftedLeft(Value base, int bits) -> {
          out.writeByte(7);
          write(base);
          out.writeByte(bits);
        }
        case Value.ShiftedRight(Value base, int bits) -> {
          out.writeByte(10);
          write(base);
          out.writeByte(bits);
        }
        case Value.Narrowed(Value base, int widthBytes, boolean signed) -> {
          out.writeByte(8);
          write(base);
          out.writeByte(widthBytes);
          out.writeBoolean(signed);
        }
        case Value.ThreadPointer pointer -> out.writeByte(9);
        case Value.NotZero(Value base) -> {
          out.writeByte(11);
          write(base);
        }
      }
    }
  }

  private record Reader(DataInputStream in) {

    MarkerSites sites() throws IOException {
      String marker = in.readUTF();
      String mechanism = in.readUTF();
      List<ProbeSite> sites = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        sites.add(site());
      }
      List<Gap> gaps = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        gaps.add(gap());
      }
      return new MarkerSites(marker, mechanism, sites, gaps);
    }

    private ProbeSite site() throws IOException {
      long address = in.readLong();
      long fileOffset = in.readLong();
      boolean hasSemaphore = in.readBoolean();
      long semaphore = in.readLong();
      Condition condition = condition();
      Optional<Value> frame = optionalValue();
      List<Argument> arguments = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        arguments.add(argument());
      }
      ProbeSite.Cost cost = ProbeSite.Cost.values()[in.readByte()];
      int windowBytes = in.readInt();
      long window = in.readLong();
      return new ProbeSite(
          address,
          fileOffset,
          hasSemaphore ? OptionalLong.of(semaphore) : OptionalLong.empty(),
          condition,
          frame,
          arguments,
          cost,
          windowBytes == 0 ? Optional.empty() : Optional.of(new PatchWindow(window, windowBytes)),
          in.readUTF());
    }

    private Gap gap() throws IOException {
      byte choice = in.readByte();
      return switch (choice) {
        case 0 -> new Gap.Always(in.readUTF());
        case 1 -> new Gap.OnRequest(in.readUTF(), in.readUTF(), in.readBoolean());
        default -> throw unknown("gap", choice);
      };
    }

    private Condition condition() throws IOException {
      byte choice = in.readByte();
      return switch (choice) {
        case 0 -> new Condition.Always();
        case 1 -> new Condition.Equal(value(), value());
        case 2 -> new Condition.Less(value(), value());
        case 3 -> new Condition.Not(condition());
        case 4 -> new Condition.All(conditions());
        case 5 -> new Condition.Any(conditions());
        default -> throw unknown("condition", choice);
      };
    }

    private List<Condition> conditions() throws IOException {
      List<Condition> conditions = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        conditions.add(condition());
      }
      return conditions;
    }

    private Argument argument() throws IOException {
      byte choice = in.readByte();
      return switch (choice) {
        case 0 -> new Argument.Scalar(value());
        case 1 -> new Argument.PythonText(value(), unicodeLayout());
        case 2 -> new Argument.Line(value(), optionalValue(), lineTable());
        case 3 -> new Argument.PythonTuple(value(), objectLayout());
        default -> throw unknown("argument", choice);
      };
    }

    private ObjectLayout objectLayout() throws IOException {
      return new ObjectLayout(
          unicodeLayout(),
          in.readInt(),
          in.readInt(),
          in.readInt(),
          in.readInt(),
          in.readInt(),
          in.readInt(),
          in.readBoolean());
    }

    private UnicodeLayout unicodeLayout() throws IOException {
      byte choice = in.readByte();
      return switch (choice) {
        case 0 ->
            new UnicodeLayout.Pep393(
                in.readInt(), in.readInt(), in.readInt(), in.readInt(), in.readInt());
        case 1 -> new UnicodeLayout.Bytes(in.readInt(), in.readInt());
        default -> throw unknown("layout of text", choice);
      };
    }

    private LineTable lineTable() throws IOException {
      LineTable.Form form = LineTable.Form.values()[in.readByte()];
      return new LineTable(form, in.readInt(), in.readInt(), in.readInt(), in.readInt());
    }

    private Optional<Value> optionalValue() throws IOException {
      return in.readBoolean() ? Optional.of(value()) : Optional.empty();
    }

    private Value value() throws IOException {
      byte choice = in.readByte();
      return switch (choice) {
        case 0 -> new Value.OfRegister(Register.values()[in.readByte()]);
        case 1 -> new Value.Constant(in.readLong());
        case 2 -> new Value.Static(in.readLong());
        case 3 -> new Value.Load(value(), in.readByte(), in.readBoolean());
        case 4 -> new Value.Sum(value(), in.readLong());
        case 5 -> new Value.Difference(value(), value());
        case 6 -> new Value.Masked(value(), in.readLong());
        case 7 -> new Value.ShiftedLeft(value(), in.readByte());
        case 8 -> new Value.Narrowed(value(), in.readByte(), in.readBoolean());
        case 9 -> new Value.ThreadPointer();
        case 10 -> new Value.ShiftedRight(value(), in.readByte());
        case 11 -> new Value.NotZero(value());
        default -> throw unknown("value", choice);
      };
    }

    private static IOException unknown(String what, byte choice) {
      return new IOException("no " + what + " has the number " + choice);
    }
  }
}
