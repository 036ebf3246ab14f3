// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Asserts what users are told. */
public final class Messages {
    private Messages() {}

    /** The call fails with one line for the user that holds all these parts. */
    public static UserException assertRefused(Executable call, String... parts) {
        UserException e = assertThrows(UserException.class, call);
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), () -> "'" + part + "' is not in: " + e.getMessage());
        }
        assertFalse(e.getMessage().contains("\n"), () -> "more than one line: " + e.getMessage());
        assertFalse(e.getMessage().contains("Exception"), () -> "names a class: " + e.getMessage());
        assertTrue(e.getMessage().endsWith("."), () -> "no full stop: " + e.getMessage());
        return e;
    }
}
