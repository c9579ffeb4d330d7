package pytap.gen.jvm;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.ir.Aggregation;
import pytap.ir.Expr;
import pytap.ir.Function;
import pytap.ir.Global;
import pytap.ir.Local;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.ir.Stmt;
import pytap.ir.Type;
import pytap.place.Capture;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.probe.Occasion;
import pytap.probe.ProbePoint;
import pytap.runtime.ByteString;
import pytap.runtime.Handlers;
import pytap.runtime.Limits;
import pytap.runtime.Machine;
import pytap.runtime.ScriptError;
import pytap.runtime.ScriptEvents;
import pytap.runtime.SessionInfo;
import pytap.runtime.TargetMemory;

/// A script under test: put together piece by piece, then generated, loaded and run on a machine
/// whose every word is kept.
final class Script implements ScriptEvents {
  static final SessionInfo INFO =
      new SessionInfo(4242, 1_000_000_000_000_000_000L, 7, 100, 101, 99, 1, 2, 3, 4, "pytap");
  static final Occasion BEGIN = new Occasion.SessionBegin(0);
  static final Occasion.Marker ENTRY =
      new Occasion.Marker(
          Optional.of("python3"), Optional.empty(), Optional.empty(), "function__entry");

  private final List<Global> globals = new ArrayList<>();
  private final List<Function> functions = new ArrayList<>();
  private final List<Probe> probes = new ArrayList<>();
  private final List<Plan.Channel> channels = new ArrayList<>();
  private Limits limits = Limits.DEFAULT;
  private TargetMemory memory = TargetMemory.NONE;
  private Optional<Machine> machine = Optional.empty();
  private Optional<Handlers> handlers = Optional.empty();

  final List<String> errors = new ArrayList<>();
  final List<String> warnings = new ArrayList<>();

  Script limits(Limits limits) {
    this.limits = limits;
    return this;
  }

  Script memory(TargetMemory memory) {
    this.memory = memory;
    return this;
  }

  Global scalar(String name, Type type) {
    return global(name, type, List.of(), OptionalInt.empty(), false, Optional.empty(), false);
  }

  Global scalar(String name, Expr initial) {
    return global(
        name, initial.type(), List.of(), OptionalInt.empty(), false, Optional.of(initial), false);
  }

  Global array(String name, Type type, Type... keys) {
    return global(name, type, List.of(keys), OptionalInt.empty(), false, Optional.empty(), false);
  }

  Global array(String name, int size, boolean wrap, Type type, Type... keys) {
    return global(name, type, List.of(keys), OptionalInt.of(size), wrap, Optional.empty(), false);
  }

  Global statistic(String name, Aggregation aggregation, Type... keys) {
    Global global =
        new Global(
            globals.size(),
            name,
            Type.STATISTIC,
            List.of(keys),
            OptionalInt.empty(),
            false,
            Optional.empty(),
            false,
            aggregation,
            Ir.HERE);
    globals.add(global);
    return global;
  }

  Global unread(String name, Type type, Type... keys) {
    return global(name, type, List.of(keys), OptionalInt.empty(), false, Optional.empty(), true);
  }

  private Global global(
      String name,
      Type type,
      List<Type> keys,
      OptionalInt size,
      boolean wrap,
      Optional<Expr> initial,
      boolean unread) {
    Global global =
        new Global(
            globals.size(),
            name,
            type,
            keys,
            size,
            wrap,
            initial,
            unread,
            Aggregation.PLAIN,
            Ir.HERE);
    globals.add(global);
    return global;
  }

  Script function(String name, Type result, List<Local> locals, int parameters, Stmt... body) {
    functions.add(new Function(name, parameters, result, locals, Ir.block(body), Ir.HERE));
    return this;
  }

  Probe begin(List<Local> locals, Stmt... body) {
    return probe(BEGIN, Optional.empty(), locals, body);
  }

  Probe begin(Stmt... body) {
    return begin(List.of(), body);
  }

  Probe probe(Occasion occasion, Optional<Expr> condition, List<Local> locals, Stmt... body) {
    ProbePoint.Component component = new ProbePoint.Component("begin", Optional.empty());
    ProbePoint.Component alias = new ProbePoint.Component("start", Optional.empty());
    Probe probe =
        new Probe(
            probes.size(),
            occasion,
            new ProbePoint(List.of(component), false, false),
            new ProbePoint(List.of(alias), false, false),
            condition,
            locals,
            Ir.block(body),
            Ir.HERE);
    probes.add(probe);
    return probe;
  }

  /// A channel on which `handlers` run in their order.
  Script channel(List<Capture> captures, Probe... handlers) {
    channels.add(
        new Plan.Channel(channels.size(), ENTRY, RecordLayout.of(captures), List.of(handlers)));
    return this;
  }

  Program program() {
    return new Program(globals, functions, probes);
  }

  Plan plan() {
    return new Plan(program(), channels);
  }

  Machine machine() {
    if (machine.isEmpty()) {
      handlers = Optional.of(load());
      machine = Optional.of(new Machine(handlers.get(), INFO, memory, this));
    }
    return machine.get();
  }

  Handlers load() {
    return HandlerLoader.load(made());
  }

  HandlerClass made() {
    return switch (HandlerGenerator.generate(plan(), limits)) {
      case Generation.Made made -> made.handlers();
      case Generation.Refused refused -> throw new AssertionError(refused.diagnostic().toString());
    };
  }

  /// Runs the handler of `probe`.
  Script run(Probe probe) {
    Machine used = machine();
    handlers.orElseThrow().run(probe.index(), used);
    return this;
  }

  /// Sends `record` through channel `id`.
  Script send(int id, byte[] record) {
    Machine used = machine();
    byte[] ring = new byte[record.length + 24];
    System.arraycopy(record, 0, ring, 16, record.length);
    handlers.orElseThrow().channel(id, MemorySegment.ofArray(ring), 16, record.length, used);
    return this;
  }

  /// What has been printed, one character for each byte.
  String output() {
    return new String(machine().out.toBytes(), StandardCharsets.ISO_8859_1);
  }

  /// What `statements` print in a `begin` handler with `locals`.
  static String printed(List<Local> locals, Stmt... statements) {
    Script script = new Script();
    Probe probe = script.begin(locals, statements);
    script.run(probe);
    if (!script.errors.isEmpty()) {
      throw new AssertionError(script.errors.toString());
    }
    return script.output();
  }

  static String printed(Stmt... statements) {
    return printed(List.of(), statements);
  }

  /// A record: channel id, faults, then `words` as 8 bytes each, then `tail`.
  static byte[] record(int channel, int faults, byte[] tail, long... words) {
    ByteBuffer buffer =
        ByteBuffer.allocate(8 + 8 * words.length + tail.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(channel).putInt(faults);
    for (long word : words) {
      buffer.putLong(word);
    }
    return buffer.put(tail).array();
  }

  @Override
  public void failed(ScriptError error) {
    errors.add(error.report());
  }

  @Override
  public void warned(ByteString text) {
    warnings.add(text.toString());
  }
}
