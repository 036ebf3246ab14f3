// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.gpu;

import dev.mixed.amp.Precision;
import dev.mixed.cli.RankedDevice;
import dev.mixed.engine.tornado.TornadoDevice;
import dev.mixed.train.RankTrial;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One rank of a trial that {@code gpu-test} starts: it writes how sums are made, and the parameters that it ends with, to a file. */
final class RankTrialMain {
    private RankTrialMain() {
    }

    /** @param args precision, whether gradients travel as halves, batches of a step, steps, file */
    public static void main(String[] args) throws IOException {
        Precision precision = Precision.valueOf(args[0]);
        int batches = Integer.parseInt(args[2]);
        int steps = Integer.parseInt(args[3]);
        try {
            RankedDevice.with(TornadoDevice::open, Boolean.parseBoolean(args[1]),
                    ranked -> write(Path.of(args[4]), ranked.ranks().description(), RankTrial.run(ranked.device(), ranked.ranks(), precision, batches, steps)));
        } catch (RuntimeException e) {
            // gpu-test shows what it has printed.
            System.err.println(e);
            System.exit(1);
        }
        System.exit(0);
    }

    private static void write(Path file, String description, float[] parameters) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeUTF(description);
            for (float parameter : parameters) {
                out.writeFloat(parameter);
            }
        }
    }
}
