// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/**
 * What a command line printed and how it ended.
 *
 * @param err what the command and all beneath it, such as the progress display, wrote to standard error
 */
record Cli(int code, String out, String err) {

    static Cli run(Object... args) {
        return runWithInput(new byte[0], args);
    }

    static Cli runWithInput(byte[] input, Object... args) {
        String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        StringWriter out = new StringWriter();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        InputStream systemIn = System.in;
        PrintStream systemErr = System.err;
        try (PrintStream captured = new PrintStream(err, true, StandardCharsets.UTF_8)) {
            System.setIn(new ByteArrayInputStream(input));
            System.setErr(captured);
            CommandLine line = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(captured, true, StandardCharsets.UTF_8));
            int code = line.execute(texts);
            return new Cli(code, out.toString(), withoutDeviceReason(err.toString(StandardCharsets.UTF_8)));
        } finally {
            System.setIn(systemIn);
            System.setErr(systemErr);
        }
    }

    /** Why the JVM computes depends on the machine; {@link DevicesTest} has what is said. */
    private static String withoutDeviceReason(String err) {
        return err.replaceFirst("(?m)^mixed: no GPU is used: .*\\R", "");
    }

    /** Asserts that it went well. */
    Cli done() {
        assertEquals(0, code, err);
        return this;
    }

    /** Asserts that one sentence with all these parts, and nothing else, says why it did not. */
    void refused(int expectedCode, String... parts) {
        assertEquals(expectedCode, code, err);
        assertEquals("", out);
        assertEquals(1, err.lines().count(), err);
        checkMessage(parts);
    }

    /** Asserts that a mistake in the arguments is named in a sentence, with a further line that helps. */
    void misused(String... parts) {
        assertEquals(2, code, err);
        assertEquals("", out);
        assertTrue(err.lines().count() <= 2, err);
        checkMessage(parts);
    }

    private void checkMessage(String... parts) {
        assertTrue(err.startsWith("mixed: "), err);
        String sentence = err.lines().findFirst().orElseThrow();
        assertTrue(sentence.endsWith("."), err);
        assertFalse(err.contains("Exception") || err.contains("\tat ") || err.contains("null"), err);
        for (String part : parts) {
            assertTrue(err.contains(part), "'" + part + "' is not in: " + err);
        }
    }
}
