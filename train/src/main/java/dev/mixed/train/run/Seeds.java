// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Seeds of several runs.
 *
 * @param all each once, two at least
 */
public record Seeds(List<Long> all) {
    static final String RANGE = "two or more different whole numbers from 0 on with commas between them, such as 1,2,3";
    private static final Pattern WRITTEN = Pattern.compile("\\d{1,18}(\\s*,\\s*\\d{1,18})+");

    public Seeds {
        all = List.copyOf(all);
    }

    /** Null where the text is no list of seeds. */
    static @Nullable Seeds parse(String text) {
        if (!WRITTEN.matcher(text.strip()).matches()) {
            return null;
        }
        List<Long> all = Stream.of(text.strip().split("\\s*,\\s*")).map(Long::valueOf).toList();
        return new HashSet<>(all).size() == all.size() ? new Seeds(all) : null;
    }

    /** As typed. */
    @Override
    public String toString() {
        return all.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
