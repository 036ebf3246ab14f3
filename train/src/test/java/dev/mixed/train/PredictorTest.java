// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A predictor serves eight threads; the model beneath it serves one, and says so. */
class PredictorTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 60;
    private static final List<String> TEXTS = List.of("we saw rain", "the bread and more soup today", "a storm and the wind and more snow today", "cake",
            "the sun",
            "some rice and some cheese and an apple");

    @TempDir
    private static Path temp;
    private static Device device;
    private static Path folder;
    private static double[][] expected;

    @BeforeAll
    static void open() {
        device = JvmDevice.open(2);
        folder = Toy.model(temp, List.of("weather", "food", "travel"));
        try (LoadedModel model = LoadedModel.open(folder, device)) {
            expected = new double[TEXTS.size()][];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = model.predict(List.of(TEXTS.get(i)), 1, 16)[0];
            }
        }
    }

    @AfterAll
    static void close() {
        device.close();
    }

    private interface Ask {
        double[][] probabilities(List<String> texts);
    }

    /** Asks in eight threads for texts of changing number and order; gives how many answers were right, after finding none that was wrong. */
    private static int ask(Ask model) throws InterruptedException, ExecutionException {
        AtomicInteger right = new AtomicInteger();
        List<Future<?>> futures = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(THREADS);
        try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            for (int t = 0; t < THREADS; t++) {
                int thread = t;
                futures.add(pool.submit(() -> {
                    start.countDown();
                    start.await();
                    for (int round = 0; round < ROUNDS; round++) {
                        List<Integer> chosen = new ArrayList<>();
                        for (int i = 0; i <= (thread + round) % 3; i++) {
                            chosen.add((thread + round * 5 + i) % TEXTS.size());
                        }
                        try {
                            double[][] rows = model.probabilities(chosen.stream().map(TEXTS::get).toList());
                            for (int i = 0; i < rows.length; i++) {
                                assertArrayEquals(expected[chosen.get(i)], rows[i], 1e-5, "an answer to another question");
                            }
                            right.incrementAndGet();
                        } catch (IllegalStateException e) {
                            assertTrue(e.getMessage().contains("the thread '"), e.getMessage());
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
        return right.get();
    }

    @Test
    void eightThreadsGetTheirOwnAnswers() throws InterruptedException, ExecutionException {
        try (Predictor predictor = new Predictor(LoadedModel.open(folder, device), 2, 16, Duration.ofMinutes(1))) {
            assertEquals(THREADS * ROUNDS, ask(predictor::probabilities));
        }
    }

    @Test
    void theModelItselfAnswersRightOrThrows() throws InterruptedException, ExecutionException {
        try (LoadedModel model = LoadedModel.open(folder, device)) {
            assertTrue(ask(texts -> model.predict(texts, 2, 16)) > 0, "a thread that is alone for a moment is answered");
        }
    }

    @Test
    void aPredictionNamesTheClass() {
        try (Predictor predictor = Predictor.open(folder, device)) {
            assertEquals(List.of(), predictor.predict(List.of()));
            List<Prediction> all = predictor.predict(TEXTS);
            for (int i = 0; i < TEXTS.size(); i++) {
                Prediction one = predictor.predict(TEXTS.get(i));
                double[] row = expected[i];
                assertEquals(List.of("weather", "food", "travel").get(Probabilities.argmax(row)), one.label());
                assertEquals(Arrays.stream(row).max().getAsDouble(), one.probability(), 1e-5);
                assertEquals(one.label(), all.get(i).label());
                assertArrayEquals(row, one.probabilities().stream().mapToDouble(d -> d).toArray(), 1e-5);
            }
        }
    }

    @Test
    void aClosedOrInterruptedOneThrows() {
        Predictor closed = Predictor.open(folder, device);
        closed.close();
        closed.close();
        assertTrue(assertThrows(IllegalStateException.class, () -> closed.predict("rain")).getMessage().contains("closed"));
        try (Predictor predictor = Predictor.open(folder, device)) {
            Thread.currentThread().interrupt();
            String message = assertThrows(IllegalStateException.class, () -> predictor.predict("rain")).getMessage();
            assertTrue(Thread.interrupted() && message.contains("interrupted"), message);
        }
    }

    @Test
    void aBusyModelIsNotWaitedForForever() throws InterruptedException {
        try (Predictor predictor = new Predictor(LoadedModel.open(folder, device), 20_000, 32, Duration.ofMillis(5))) {
            Thread busy = Thread.ofPlatform().start(() -> {
                boolean answered = false;
                while (!answered) {
                    try {
                        answered = predictor.predict(Collections.nCopies(20_000, TEXTS.getLast())).size() == 20_000;
                    } catch (IllegalStateException e) {
                        // The test was being answered for longer than that: once more.
                    }
                }
            });
            String message = "";
            while (busy.isAlive() && message.isEmpty()) {
                try {
                    predictor.predict("rain");
                    Thread.sleep(1);
                } catch (IllegalStateException e) {
                    message = e.getMessage();
                }
            }
            busy.join();
            assertTrue(message.contains("'" + Thread.currentThread().getName() + "'") && message.contains("has waited 5 ms"), message);
        }
    }

    @Test
    void wrongQuestionsAreRefusedByName() {
        try (LoadedModel model = LoadedModel.open(folder, device)) {
            List<String> withNull = Arrays.asList("rain", null);
            assertRefused(() -> model.predict(withNull, 2, 16), "index 1", "null");
            assertRefused(() -> model.predict(TEXTS, 0, 16), "batch", "0");
            assertRefused(() -> model.predict(TEXTS, 2, 2), "length", "3 to 32", "2");
            assertRefused(() -> model.predict(TEXTS, 2, 33), "length", "3 to 32", "33");
            assertEquals(0, model.predict(List.of(), 2, 16).length);
            assertRefused(() -> new Predictor(model, 0, 16, Predictor.PATIENCE), "batch");
            assertRefused(() -> new Predictor(model, 1, 1000, Predictor.PATIENCE), "length", "1000");
            assertRefused(() -> new Predictor(model, 1, 16, Duration.ofMillis(-1)), "patience");
        }
        try (Predictor predictor = Predictor.open(folder, device)) {
            assertRefused(() -> predictor.predict((String) null), "null");
            assertRefused(() -> predictor.predict(Arrays.asList(null, "rain")), "index 0", "null");
        }
    }

    private static void assertRefused(Executable call, String... words) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), "'" + word + "' is not in: " + message);
        }
    }
}
