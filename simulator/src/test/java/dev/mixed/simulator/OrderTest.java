// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clocks against sets of what each thread knows, event by event. */
class OrderTest {
    private static final int CHANNELS = 3;

    /** An access or a fence of a thread, or an event of an agent. */
    private record Event(int agent, int number, boolean fence) {
    }

    private static final class Model {
        final Random random;
        final Order order = new Order();
        final List<Clock> clocks = new ArrayList<>();
        final List<BitSet> known = new ArrayList<>();
        final List<Event> events = new ArrayList<>();
        final List<int[]> left = new ArrayList<>();
        final List<BitSet> leftKnown = new ArrayList<>();
        final List<Integer> agents = new ArrayList<>();
        int agentEvents;

        Model(int seed, int threads) {
            random = new Random(seed);
            order.enterBlock(17);
            // A second block: its clocks begin after those of the first.
            order.enterBlock(threads);
            for (int i = 0; i < threads; i++) {
                clocks.add(new Clock(order, i));
                known.add(new BitSet());
            }
            for (int i = 0; i < CHANNELS; i++) {
                left.add(Order.NOTHING);
                leftKnown.add(new BitSet());
            }
        }

        void step() {
            int thread = random.nextInt(clocks.size());
            Clock clock = clocks.get(thread);
            int channel = random.nextInt(CHANNELS);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> add(thread, new Event(thread, clock.now(), false));
                case 3 -> {
                    left.set(channel, clock.leave(left.get(channel)));
                    leftKnown.get(channel).or(known.get(thread));
                }
                case 4, 5 -> {
                    clock.learn(left.get(channel));
                    known.get(thread).or(leftKnown.get(channel));
                }
                case 6 -> meet();
                case 7 -> {
                    clock.fence();
                    add(thread, new Event(thread, clock.now(), true));
                }
                case 8 -> {
                    if (agents.size() < 3) {
                        agents.add(order.addAgent("agent"));
                    }
                    // An agent does its work, of which a thread learns that waits for it.
                    int agent = agents.get(random.nextInt(agents.size()));
                    Event event = new Event(agent, ++agentEvents, false);
                    events.add(event);
                    clock.learn(agent, event.number);
                    for (int i = 0; i < events.size(); i++) {
                        if (events.get(i).agent == agent) {
                            known.get(thread).set(i);
                        }
                    }
                }
                default -> {
                    if (random.nextInt(10) == 0) {
                        order.meetAll(clocks.stream().map(c -> (Order.Member) () -> c).toList());
                        BitSet all = new BitSet();
                        known.forEach(all::or);
                        known.forEach(each -> each.or(all));
                    }
                }
            }
        }

        private void add(int thread, Event event) {
            known.get(thread).set(events.size());
            events.add(event);
        }

        private void meet() {
            List<Integer> some = new ArrayList<>();
            for (int i = 0; i < clocks.size(); i++) {
                if (random.nextBoolean()) {
                    some.add(i);
                }
            }
            if (some.isEmpty()) {
                return;
            }
            order.meet(some.stream().map(i -> (Order.Member) () -> clocks.get(i)).toList());
            BitSet all = new BitSet();
            some.forEach(i -> all.or(known.get(i)));
            some.forEach(i -> known.get(i).or(all));
        }

        /** How many of an event and a thread each were known. */
        int check() {
            int seen = 0;
            for (int thread = 0; thread < clocks.size(); thread++) {
                for (int i = 0; i < events.size(); i++) {
                    Event event = events.get(i);
                    boolean expected = known.get(thread).get(i);
                    assertEquals(expected, clocks.get(thread).sees(event.agent, event.number), "thread " + thread + " and " + event);
                    seen += expected ? 1 : 0;
                    if (event.agent < clocks.size() && !event.fence && expected) {
                        assertEquals(fenced(thread, i), clocks.get(event.agent).fencedFor(clocks.get(thread), event.number), "fence after " + event);
                    }
                }
            }
            return seen;
        }

        private boolean fenced(int viewer, int event) {
            for (int i = event + 1; i < events.size(); i++) {
                if (events.get(i).fence && events.get(i).agent == events.get(event).agent && known.get(viewer).get(i)) {
                    return true;
                }
            }
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void clocksKnowWhatIsOrdered(int seed) {
        Model model = new Model(seed, 3 + seed % 4);
        int known = 0;
        for (int i = 0; i < 150; i++) {
            model.step();
            known += model.check();
        }
        int all = model.clocks.size() * model.events.size() * 150 / 2;
        assertTrue(known > all / 10 && known < all, known + " of " + all);
    }
}
