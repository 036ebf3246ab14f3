// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kills a real process that does nothing but save, and opens what it left. */
class CheckpointSigkillTest {

    private static final int KILLS = 8;

    /** The process to be killed: saves checkpoints numbered from {@code args[1]} on and prints each number once it is saved. */
    static final class Saver {
        public static void main(String[] args) {
            for (int i = Integer.parseInt(args[1]);; i++) {
                CheckpointFolder.save(Path.of(args[0]), Samples.training(i));
                System.out.println(i);
            }
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void theLastCheckpointOpensAfterSigkill(@TempDir Path temp) throws Exception {
        Path folder = temp.resolve("last");
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        SplittableRandom random = new SplittableRandom(7);
        int next = 1;
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-cp", classPath, Saver.class.getName(), folder.toString(), "" + next)
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            int printed = next - 1;
            try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                int target = next + random.nextInt(8);
                while (printed < target) {
                    String line = out.readLine();
                    assertNotNull(line, "the saving process ended by itself");
                    printed = Integer.parseInt(line);
                }
                TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000));
                process.toHandle().destroyForcibly(); // unlike Process's own, keeps the pipe readable
                process.waitFor();
                for (String line = out.readLine(); line != null && line.equals("" + (printed + 1)); line = out.readLine()) {
                    printed++;
                }
            } finally {
                process.destroyForcibly();
            }
            int number = Samples.numberOf(folder);
            // The last one that was reported, or one more: saved, but killed before it could say so.
            assertTrue(number == printed || number == printed + 1, "found " + number + " after " + printed);
            CheckpointFolder.recover(folder);
            assertEquals(number, Samples.numberOf(folder));
            next = number + 1;
        }
        assertTrue(next > KILLS, "saved " + next);
    }
}
