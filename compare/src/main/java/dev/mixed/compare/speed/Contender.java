// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import dev.mixed.train.data.Batch;
import java.util.List;

/** Trains the job's model by one engine in one precision. */
public interface Contender extends AutoCloseable {
    /** Whose code does the work, and where packed batches are compared, what PyTorch makes of texts of different lengths. */
    enum Engine {
        MIXED("miXed", Form.PACKED), PYTORCH("PyTorch", Form.AS_ASKED), COMPILED("torch.compile", Form.AS_ASKED),
        /** Each text padded to the largest length: more arithmetic, and one shape alone. */
        PADDED("PyTorch padded", Form.PADDED), COMPILED_PADDED("torch.compile padded", Form.PADDED),
        /** No padding: attention within each text by nested tensors. */
        NESTED("PyTorch nested", Form.PACKED);

        private final String label;
        private final Form form;

        Engine(String label, Form form) {
            this.label = label;
            this.form = form;
        }

        /** The form in which it takes batches where they are packed for those that can; else all take them as asked. */
        public Form form() {
            return form;
        }

        /** Whether it trains through {@code torch.compile}. */
        public boolean isCompiled() {
            return this == COMPILED || this == COMPILED_PADDED;
        }

        /** The name in tables. */
        public String label() {
            return label;
        }
    }

    /** How a batch holds its texts. */
    enum Form {
        /** Padded as {@code --pad} says, by length where that is packed. */
        AS_ASKED,
        /** Each padded to the largest length. */
        PADDED,
        /** One after the other. */
        PACKED
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
