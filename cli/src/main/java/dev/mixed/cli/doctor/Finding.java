// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.doctor;

/**
 * What one check found.
 *
 * @param subject what was checked, for example driver
 * @param text    what is there, or what is missing and the remedy
 */
public record Finding(String subject, State state, String text) {
    /** How a check ended. */
    public enum State {
        OK, MISSING,
        /** Not checked, since what it needs is missing. */
        SKIPPED
    }

    static Finding ok(String subject, String text) {
        return new Finding(subject, State.OK, text);
    }

    static Finding missing(String subject, String problem, String remedy) {
        return new Finding(subject, State.MISSING, problem + ": " + remedy);
    }

    static Finding missing(String subject, String text) {
        return new Finding(subject, State.MISSING, text);
    }

    static Finding skipped(String subject, String needs) {
        return new Finding(subject, State.SKIPPED, "not checked, needs " + needs);
    }

    /** One line: state, subject and text in columns. */
    @Override
    public String toString() {
        return String.format("%-8s %-14s %s", state == State.SKIPPED ? "-" : state == State.OK ? "OK" : "missing", subject, text);
    }
}
