// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogSetupTest {
    @Test
    void warningsAreLinesOnStandardErrorWithoutTraces() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        LoggerContext loggers = new LoggerContext();
        loggers.setMDCAdapter(new LogbackMDCAdapter());
        try {
            new ContextInitializer(loggers).autoConfig();
            loggers.getLogger("dev.mixed.some").warn("{} of {}", 1, "two", new IllegalStateException("not shown"));
            loggers.getLogger("dev.mixed.some").info("not shown");
            loggers.getLogger("ai.djl.some").warn("not shown");
            loggers.getLogger("ai.djl.some").error("shown");
        } finally {
            loggers.stop();
            System.setErr(before);
        }
        assertEquals("WARN: 1 of two%nERROR: shown%n".formatted(), written.toString(StandardCharsets.UTF_8));
    }

    @Test
    void theCommandsLogThroughIt() {
        LoggerContext loggers = assertInstanceOf(LoggerContext.class, LoggerFactory.getILoggerFactory());
        assertEquals(Level.WARN, loggers.getLogger("ROOT").getLevel());
        assertEquals(Level.ERROR, loggers.getLogger("ai.djl").getLevel());
    }
}
