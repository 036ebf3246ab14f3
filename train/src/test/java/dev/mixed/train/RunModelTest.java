// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.amp.Precision;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForMaskedLM;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertForTokenClassification;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.Buffer;
import dev.mixed.engine.Device;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.GpuLowerings;
import dev.mixed.io.UsageException;
import dev.mixed.train.run.RunOptions.Pad;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How texts form batches where users leave it open. */
class RunModelTest {
    /** Compiles for a GPU, and runs nothing. */
    private static final class Compiling extends Device {
        private final GpuTarget target;

        Compiling(GpuTarget target) {
            this.target = target;
        }

        @Override
        public String name() {
            return "compiling";
        }

        @Override
        public boolean compilesInFirstRun() {
            return true;
        }

        @Override
        protected List<Lowering> lowerings() {
            return GpuLowerings.all(target);
        }

        @Override
        protected Executable prepare(List<Launch> launches) {
            return () -> {};
        }

        @Override
        protected void hostWrote(Buffer buffer) {
        }

        @Override
        protected void hostReads(Buffer buffer) {
        }
    }

    /** {@code headSize} is that of 4 heads. */
    private static BertConfig config(int headSize) {
        return new BertConfig(30, 4 * headSize, 1, 4, 8, "gelu", 0.1, 0.1, OptionalDouble.empty(), 32, 2, 0.02, 1e-12, 0, List.of("0", "1"),
                List.of("BertModel"), Map.of());
    }

    private static Pad pad(Device device, Precision precision, int headSize, Function<BertConfig, SequenceModel> model) {
        return RunModel.pad(model.apply(config(headSize)), Pad.AUTO, device, precision);
    }

    @ParameterizedTest
    @CsvSource({"cuda, 90, AMP, 64, PACKED", "cuda, 80, AMP_FLOAT_RESIDUAL, 32, PACKED", "cuda, 90, FP32, 64, COARSE", "cuda, 75, AMP, 64, COARSE",
        "cuda, 0, AMP, 64, COARSE", "cuda, 90, AMP, 24, COARSE"})
    void packedWhereAttentionIsAsFastSo(String backend, int computeCapability, Precision precision, int headSize, Pad expected) {
        try (Device device = new Compiling(new GpuTarget(backend, computeCapability))) {
            assertEquals(expected, pad(device, precision, headSize, config -> new BertForSequenceClassification(config, device, 1)));
            assertEquals(expected, pad(device, precision, headSize, config -> new BertForTokenClassification(config, device, 1)));
            assertEquals(Pad.COARSE, pad(device, precision, headSize, config -> new BertForMaskedLM(config, device, 1)), "takes padded batches alone");
        }
    }

    @ParameterizedTest
    @CsvSource({"AMP", "FP32"})
    void theJvmPadsToManyLengths(Precision precision) {
        try (Device device = JvmDevice.open(1)) {
            assertEquals(Pad.BUCKET, pad(device, precision, 64, config -> new BertForSequenceClassification(config, device, 1)));
        }
    }

    @Test
    void whatUsersSayIsDoneOrRefused() {
        try (Device device = JvmDevice.open(1)) {
            BertConfig config = config(16);
            SequenceModel takes = new BertForSequenceClassification(config, device, 1);
            for (Pad asked : List.of(Pad.BUCKET, Pad.COARSE, Pad.MAX, Pad.PACKED)) {
                assertEquals(asked, RunModel.pad(takes, asked, device, Precision.FP32));
            }
            SequenceModel padsOnly = new BertForMaskedLM(config, device, 1);
            assertEquals("--pad packed is not for the model BertForMaskedLM, which takes padded batches alone; choose another.",
                    assertThrows(UsageException.class, () -> RunModel.pad(padsOnly, Pad.PACKED, device, Precision.FP32)).getMessage());
        }
    }
}
