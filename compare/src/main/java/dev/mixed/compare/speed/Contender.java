// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import dev.mixed.train.data.Batch;
import java.util.List;

/** Trains the job's model by one engine in one precision. */
public interface Contender extends AutoCloseable {
    /** Whose code does the work. */
    enum Engine {
        MIXED("miXed"), PYTORCH("PyTorch"), COMPILED("torch.compile");

        private final String label;

        Engine(String label) {
            this.label = label;
        }

        /** The name in tables. */
        public String label() {
            return label;
        }
    }

    /**
     * Some steps, timed from an idle device to an idle device.
     *
     * @param loss of the last step
     */
    record Run(double seconds, double loss) {
    }

    Engine engine();

    /** Whether it trains in mixed precision. */
    boolean amp();

    /** Whether it takes packed batches where the job has them. */
    default boolean packs() {
        return false;
    }

    /** Replaces the batches that {@link #run} trains on. */
    void load(List<Batch> batches);

    /**
     * Trains on {@code count} batches from number {@code first} on, starting over at the end of the list.
     *
     * @throws ContenderException if the engine cannot
     */
    Run run(int first, int count);

    /** The largest memory that training took so far, in bytes; 0 if it is not known. */
    long peakBytes();

    /** The name in tables: engine and precision. */
    default String name() {
        return engine().label() + (amp() ? " AMP" : " FP32");
    }

    @Override
    void close();
}
