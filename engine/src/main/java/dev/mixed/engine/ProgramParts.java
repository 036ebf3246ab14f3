// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** A program's launches, in parts: after each, some groups of tensors have been written for the last time. */
final class ProgramParts {
    private final List<Part> parts = new ArrayList<>();

    /** @param written indices of the groups that are complete once it has run */
    private record Part(Device.Executable executable, List<Integer> written) {
    }

    /** @param groups of tensors; each is complete no earlier than those before it. None for a program in one part */
    ProgramParts(Device device, List<Launch> launches, List<List<Tensor>> groups) {
        int[] lastWrites = groups.stream().mapToInt(tensors -> lastWrite(launches, tensors)).toArray();
        int from = 0;
        int group = 0;
        while (group < groups.size()) {
            int end = Math.max(1, Math.max(from, lastWrites[group] + 1));
            List<Integer> written = new ArrayList<>();
            while (group < groups.size() && lastWrites[group] < end) {
                written.add(group++);
            }
            end = Math.min(end, launches.size());
            parts.add(new Part(device.ready(launches.subList(from, end)), written));
            from = end;
        }
        if (from < launches.size() || parts.isEmpty()) {
            parts.add(new Part(device.ready(launches.subList(from, launches.size())), List.of()));
        }
    }

    /** -1 if none writes them. */
    private static int lastWrite(List<Launch> launches, List<Tensor> tensors) {
        int last = -1;
        for (int i = 0; i < launches.size(); i++) {
            Launch launch = launches.get(i);
            for (Tensor tensor : tensors) {
                if (launch.writes(tensor.buffer())) {
                    // One that leaves addresses tells of a launch that writes there, not of which.
                    last = launch.once() ? launches.size() - 1 : Math.max(last, i);
                }
            }
            if (last == launches.size() - 1) {
                break;
            }
        }
        return last;
    }

    /** Runs all; tells of each group, in order, once what writes it has begun. */
    void run(IntConsumer written) {
        for (Part part : parts) {
            part.executable.run();
            part.written.forEach(written::accept);
        }
    }

    /** Their number. */
    int count() {
        return parts.size();
    }
}
