package pytap.ir;

import java.util.Optional;

/// What a statistic keeps beside count, sum, least and greatest value.
///
/// @param bitShift by how many bits values are scaled up while the variance is computed, 0 to 62
public record Aggregation(Optional<Histogram> histogram, int bitShift) {
  public static final Aggregation PLAIN = new Aggregation(Optional.empty(), 0);
}
