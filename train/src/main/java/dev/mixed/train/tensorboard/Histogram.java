// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.tensorboard;

import java.util.Map;
import java.util.TreeMap;

/**
 * Counts of values in buckets whose limits grow by a tenth each, as TensorFlow's summaries have them; empty ones are left out.
 *
 * @param limits upper limit of each bucket, ascending; a bucket begins at the limit before it
 * @param counts values in each
 */
record Histogram(double min, double max, long count, double sum, double sumOfSquares, double[] limits, double[] counts) {
    private static final double GROWTH = 1.1;
    /** What is smaller counts as 0. */
    private static final double SMALLEST = 1e-12;

    /** Of the finite ones among these values. */
    static Histogram of(float[] values) {
        TreeMap<Integer, Integer> buckets = new TreeMap<>();
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        double sum = 0;
        double squares = 0;
        long count = 0;
        for (float value : values) {
            if (Float.isFinite(value)) {
                buckets.merge(bucket(value), 1, Integer::sum);
                min = Math.min(min, value);
                max = Math.max(max, value);
                sum += value;
                squares += (double) value * value;
                count++;
            }
        }
        // A bucket begins where the one before it ends: an empty one stands before each gap.
        TreeMap<Integer, Integer> closed = new TreeMap<>(buckets);
        buckets.keySet().forEach(bucket -> closed.putIfAbsent(bucket - 1, 0));
        double[] limits = new double[closed.size()];
        double[] counts = new double[closed.size()];
        int i = 0;
        for (Map.Entry<Integer, Integer> bucket : closed.entrySet()) {
            limits[i] = limit(bucket.getKey());
            counts[i++] = bucket.getValue();
        }
        return new Histogram(min, max, count, sum, squares, limits, counts);
    }

    /** Of positive values the smallest k of which SMALLEST * GROWTH^k is no smaller, 1 at least; bucket 0 ends at SMALLEST and begins at -SMALLEST. */
    private static int bucket(double value) {
        double size = Math.abs(value);
        if (size <= SMALLEST) {
            return 0;
        }
        int k = (int) Math.ceil(Math.log(size / SMALLEST) / Math.log(GROWTH));
        return value > 0 ? Math.max(1, k) : -Math.max(1, k);
    }

    /** Upper limit: of bucket -k, k above 0, -SMALLEST * GROWTH^(k-1). */
    private static double limit(int bucket) {
        return bucket >= 0 ? SMALLEST * Math.pow(GROWTH, bucket) : -SMALLEST * Math.pow(GROWTH, -bucket - 1);
    }

    /** {@code HistogramProto} of TensorFlow's {@code summary.proto}. */
    ProtoMessage message() {
        return new ProtoMessage().real(1, min).real(2, max).real(3, (double) count).real(4, sum).real(5, sumOfSquares).reals(6, limits).reals(7, counts);
    }
}
