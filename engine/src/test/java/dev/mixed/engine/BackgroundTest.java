// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BackgroundTest {
    @Test
    void givesTheResultOfAThreadThatDoesNotKeepTheProcessAlive() {
        Background<Thread> begun = Background.begin("a name", Thread::currentThread);
        assertEquals("a name", begun.join().getName());
        assertTrue(begun.join().isDaemon());
    }

    @Test
    void throwsWhatTheWorkThrewEachTimeItIsAsked() {
        RuntimeException thrown = new IllegalArgumentException("wrong");
        Background<Object> begun = Background.begin("a name", () -> {
            throw thrown;
        });
        assertSame(thrown, assertThrows(IllegalArgumentException.class, begun::join));
        assertSame(thrown, assertThrows(IllegalArgumentException.class, begun::join));
        Error error = new OutOfMemoryError("none left");
        Background<Object> failed = Background.begin("a name", () -> {
            throw error;
        });
        assertSame(error, assertThrows(OutOfMemoryError.class, failed::join));
    }

    @Test
    void anInterruptedThreadHasTheResultAllTheSameAndStaysInterrupted() {
        Background<Integer> begun = Background.begin("a name", () -> 7);
        Thread.currentThread().interrupt();
        assertEquals(7, begun.join());
        assertTrue(Thread.interrupted());
    }
}
