// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An option of Hugging Face's training scripts that is none of miXed's under another name.
 *
 * @param name   as transformers has it
 * @param values what values, in lower case, mean here, as options; an empty map for what miXed does anyway
 * @param says   what miXed has in its place, for every other value, as the end of a sentence
 */
public record HuggingFaceName(String name, Map<String, Map<String, String>> values, String says) {

    /** One of which no value has a meaning here. */
    static HuggingFaceName instead(String name, String says) {
        return new HuggingFaceName(name, Map.of(), says);
    }

    /** A switch of something that miXed never does. */
    static HuggingFaceName never(String name, String says) {
        return new HuggingFaceName(name, Map.of("false", Map.of()), says);
    }

    /** A switch of something that miXed always does. */
    static HuggingFaceName always(String name, String says) {
        return new HuggingFaceName(name, Map.of("true", Map.of()), says);
    }

    /** One of which some values are what miXed does anyway. */
    static HuggingFaceName same(String name, String says, String... values) {
        Map<String, Map<String, String>> same = new LinkedHashMap<>();
        for (String value : values) {
            same.put(value, Map.of());
        }
        return new HuggingFaceName(name, same, says);
    }

    /** This one, with the meaning of one more value. */
    HuggingFaceName meaning(String value, String option, String means) {
        Map<String, Map<String, String>> more = new LinkedHashMap<>(values);
        more.put(value, Map.of(option, means));
        return new HuggingFaceName(name, more, says);
    }

    /** What it is here, for people. */
    public String described() {
        String taken = values.entrySet().stream().map(value -> "`" + value.getKey() + "`" + (value.getValue().isEmpty() ? "" : " is " + value.getValue()
                .entrySet()
                .stream()
                .map(option -> option.getValue().equals("true") ? "`--" + option.getKey() + "`" : "`--" + option.getKey() + " " + option.getValue() + "`")
                .collect(Collectors.joining(" ")))).sorted().collect(Collectors.joining(", "));
        return (taken.isEmpty() ? "" : taken + "; else ") + says;
    }
}
