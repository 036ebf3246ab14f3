// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import dev.mixed.engine.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The draws of random states that a body made, to be made again: with the same snapshots, ops find the same numbers. Of the thread that opens its scopes,
 * which nest.
 */
public final class RandomDraws {
    private static final ThreadLocal<List<Scope>> SCOPES = ThreadLocal.withInitial(ArrayList::new);

    private final List<Draw> draws = new ArrayList<>();

    /** A snapshot that was drawn from a state. */
    private record Draw(RandomState state, Tensor snapshot) {
    }

    /** Notes what is drawn until the scope is closed. */
    public Scope note() {
        return open(new Scope(this, false));
    }

    /** Until the scope is closed, draws give what was noted, in the same order, and states stay where they are. */
    public Scope repeat() {
        return open(new Scope(this, true));
    }

    private static Scope open(Scope scope) {
        SCOPES.get().add(scope);
        return scope;
    }

    /** The snapshot that the innermost repeating scope of this thread has for a draw; null where there is none, and the state has to be asked. */
    static @Nullable Tensor repeated(RandomState state) {
        List<Scope> scopes = SCOPES.get();
        for (int i = scopes.size() - 1; i >= 0; i--) {
            if (scopes.get(i).repeats) {
                Tensor snapshot = scopes.get(i).next(state);
                note(state, snapshot, i + 1);
                return snapshot;
            }
        }
        return null;
    }

    /** Notes a draw that a state has made. */
    static void drawn(RandomState state, Tensor snapshot) {
        note(state, snapshot, 0);
    }

    private static void note(RandomState state, Tensor snapshot, int from) {
        List<Scope> scopes = SCOPES.get();
        for (int i = from; i < scopes.size(); i++) {
            scopes.get(i).draws.draws.add(new Draw(state, snapshot));
        }
    }

    /** While it is open, draws are noted or made again. */
    public static final class Scope implements AutoCloseable {
        private final RandomDraws draws;
        private final boolean repeats;
        private int position;

        private Scope(RandomDraws draws, boolean repeats) {
            this.draws = draws;
            this.repeats = repeats;
        }

        private Tensor next(RandomState state) {
            if (position == draws.draws.size() || draws.draws.get(position).state != state) {
                throw new IllegalStateException("a function that is computed again draws other random numbers than the first time");
            }
            return draws.draws.get(position++).snapshot;
        }

        /** Ends the scope, in the thread that opened it and after all scopes within it. */
        @Override
        public void close() {
            List<Scope> scopes = SCOPES.get();
            if (scopes.isEmpty() || scopes.getLast() != this) {
                throw new IllegalStateException("a scope of random draws was closed before the scopes opened within it, or by another thread");
            }
            scopes.removeLast();
        }
    }
}
