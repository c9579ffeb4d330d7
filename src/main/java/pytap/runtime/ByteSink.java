package pytap.runtime;

import pytap.source.TracerException;

/// Where printed bytes go.
public interface ByteSink {
  /// Writes the first `length` bytes of `bytes`; keeps no reference to the array.
  void write(byte[] bytes, int length) throws TracerException;
}
