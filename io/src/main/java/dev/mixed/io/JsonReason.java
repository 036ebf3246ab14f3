// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.regex.Pattern;

/** What is wrong with JSON, in words and without its place, which the sentence around it names. */
public final class JsonReason {
    /** Where an object or array began: a second position, and Jackson's name for a text that it doesn't show. */
    private static final Pattern OTHER_PLACE = Pattern.compile(" \\((?:start marker at|for \\w+ starting at) \\[Source: [^\\]]*\\]\\)| ?\\[Source: [^\\]]*\\]");
    /** The setting of Jackson that a limit comes from, or that would allow what JSON does not have. */
    private static final Pattern SETTING = Pattern.compile(", from `[^`]*`|: enable `[^`]*` to allow");

    private JsonReason() {
    }

    public static String of(JsonProcessingException e) {
        String message = e.getOriginalMessage() == null ? "" : e.getOriginalMessage().lines().findFirst().orElse("");
        if (message.startsWith("Trailing token")) {
            return "more follows after its end";
        }
        return SETTING.matcher(OTHER_PLACE.matcher(message).replaceAll("")).replaceAll("").strip();
    }
}
