package pytap.runtime;

import pytap.probe.Register;

/// The moment a handler sees: who runs where and when. For a marker the prologue of its handlers
/// fills in what the record holds; what it does not hold no handler asks for. For `begin`, `end`
/// and timers it is pytap's own process, now.
public final class Moment {
  private static final int NOT_IN_RECORD = -1;

  private final SessionInfo info;
  private final ByteString ownName;
  private final EventRecord record;
  private final ProcFiles files;

  private long pidTgid;
  private int lastProcess;
  private long timeNanos;
  private long uidGid;
  private long euidEgid;
  private long ppid;
  private long cpu;
  private long uaddr;
  private int nameOffset = NOT_IN_RECORD;
  private int registersOffset = NOT_IN_RECORD;
  private ByteString name;

  Moment(SessionInfo info, EventRecord record, ProcFiles files) {
    this.files = files;
    this.info = info;
    this.record = record;
    ownName = ByteString.ofLatin1(info.ownName());
    name = ownName;
    setOwn();
  }

  /// Makes it pytap's own process, now.
  void setOwn() {
    pidTgid = (long) info.ownPid() << 32 | info.ownTid();
    timeNanos = System.nanoTime();
    uidGid = (long) info.ownGid() << 32 | info.ownUid();
    euidEgid = (long) info.ownEgid() << 32 | info.ownEuid();
    ppid = info.ownPpid();
    cpu = 0;
    uaddr = 0;
    name = ownName;
    nameOffset = NOT_IN_RECORD;
    registersOffset = NOT_IN_RECORD;
    record.holdPlace(NOT_IN_RECORD);
  }

  /// Makes it another process, now.
  public void setProcess(ProcessFacts process) {
    setOwn();
    pidTgid = (long) process.pid() << 32 | process.tid();
    uidGid = (long) process.gid() << 32 | process.uid();
    euidEgid = (long) process.egid() << 32 | process.euid();
    ppid = process.ppid();
    name = ByteString.ofLatin1(process.name());
  }

  /// The record does not say which process it is of: the session's target.
  public void setTarget() {
    pidTgid = info.targetPid() << 32 | info.targetPid();
  }

  /// @param pidTgid `(tgid << 32) | tid`
  public void setPidTgid(long pidTgid) {
    this.pidTgid = pidTgid;
    int process = (int) (pidTgid >>> 32);
    if (process != lastProcess) {
      lastProcess = process;
      files.met(process);
    }
  }

  /// @param timeNanos CLOCK_MONOTONIC
  public void setTimeNanos(long timeNanos) {
    this.timeNanos = timeNanos;
  }

  /// @param uidGid `(gid << 32) | uid`
  public void setUidGid(long uidGid) {
    this.uidGid = uidGid;
  }

  /// @param euidEgid `(egid << 32) | euid`
  public void setEuidEgid(long euidEgid) {
    this.euidEgid = euidEgid;
  }

  public void setPpid(long ppid) {
    this.ppid = ppid;
  }

  public void setCpu(long cpu) {
    this.cpu = cpu;
  }

  /// @param offset where the command name's 16 bytes stand in the record
  public void setExecname(int offset) {
    nameOffset = offset;
  }

  /// @param uaddr the address of the instruction that was hit
  public void setUaddr(long uaddr) {
    this.uaddr = uaddr;
  }

  /// @param offset where the number of the place that was hit stands in the record
  public void setPlace(int offset) {
    record.holdPlace(offset);
  }

  /// The number of the place that was hit; negative where none was, or the record does not tell.
  long place() {
    return record.place();
  }

  /// @param offset where the registers stand in the record
  public void setRegisters(int offset) {
    registersOffset = offset;
  }

  public long pid() {
    return pidTgid >>> 32;
  }

  public long tid() {
    return pidTgid & 0xffffffffL;
  }

  public long ppid() {
    return ppid;
  }

  public long uid() {
    return uidGid & 0xffffffffL;
  }

  public long gid() {
    return uidGid >>> 32;
  }

  public long euid() {
    return euidEgid & 0xffffffffL;
  }

  public long egid() {
    return euidEgid >>> 32;
  }

  public long cpu() {
    return cpu;
  }

  /// The address of the instruction that was hit; 0 where there was none.
  public long uaddr() {
    return uaddr;
  }

  /// Whether the record holds the registers.
  boolean hasRegisters() {
    return registersOffset != NOT_IN_RECORD;
  }

  /// A register at the probe.
  long register(Register register) {
    return record.word(registersOffset + register.offset());
  }

  public ByteString execname() {
    return nameOffset == NOT_IN_RECORD ? name : record.fixedText(nameOffset, 16);
  }

  /// Nanoseconds of CLOCK_REALTIME.
  public long realtimeNanos() {
    return timeNanos + info.clockOffsetNanos();
  }

  public long realtimeMicros() {
    return realtimeNanos() / 1000;
  }

  public long realtimeMillis() {
    return realtimeNanos() / 1_000_000;
  }

  public long realtimeSeconds() {
    return realtimeNanos() / 1_000_000_000;
  }

  /// Nanoseconds of CLOCK_MONOTONIC.
  public long monotonicNanos() {
    return timeNanos;
  }

  public long monotonicMicros() {
    return timeNanos / 1000;
  }

  public long monotonicMillis() {
    return timeNanos / 1_000_000;
  }

  public long monotonicSeconds() {
    return timeNanos / 1_000_000_000;
  }
}
