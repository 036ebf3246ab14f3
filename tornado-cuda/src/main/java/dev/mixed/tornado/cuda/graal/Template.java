// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.graal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** The code of a {@link dev.mixed.intrinsics.CudaC}, with places for its operands. */
final class Template {
    /** A piece of the code. */
    private sealed interface Part {
    }

    private record Text(String text) implements Part {
    }

    /** An argument, or {@link #RESULT} or {@link #HEADER}. */
    private record Operand(int index) implements Part {
    }

    /** Parts that stand several times; {@code #} in their texts is the number of the time. */
    private record Repeat(Template count, String separator, Template body) implements Part {
    }

    private static final int RESULT = -1;
    private static final int HEADER = -2;

    private final List<Part> parts = new ArrayList<>();

    private Template() {
    }

    /** @throws IllegalArgumentException for code that is not as {@link dev.mixed.intrinsics.CudaC} says */
    static Template parse(String code) {
        Template template = new Template();
        int at = 0;
        StringBuilder text = new StringBuilder();
        while (at < code.length()) {
            if (code.startsWith("@{", at)) {
                int first = code.indexOf('|', at);
                int second = code.indexOf('|', first + 1);
                int end = first < 0 || second < 0 ? -1 : end(code, second + 1);
                if (end < 0) {
                    throw new IllegalArgumentException("a repetition without its end in: " + code);
                }
                template.text(text);
                template.parts.add(new Repeat(parse(code.substring(at + 2, first)), code.substring(first + 1, second), parse(code.substring(second + 1, end))));
                at = end + 1;
            } else if (code.charAt(at) == '$') {
                template.text(text);
                int end = at + 2;
                while (end < code.length() && Character.isDigit(code.charAt(at + 1)) && Character.isDigit(code.charAt(end))) {
                    end++;
                }
                template.parts.add(new Operand(switch (code.substring(at + 1, end)) {
                    case "r" -> RESULT;
                    case "h" -> HEADER;
                    case String number -> Integer.parseInt(number);
                }));
                at = end;
            } else {
                text.append(code.charAt(at++));
            }
        }
        template.text(text);
        return template;
    }

    /** Where the brace closes that was open before {@code from}. */
    private static int end(String code, int from) {
        int depth = 0;
        for (int i = from; i < code.length(); i++) {
            if (code.charAt(i) == '{') {
                depth++;
            } else if (code.charAt(i) == '}' && depth-- == 0) {
                return i;
            }
        }
        return -1;
    }

    private void text(StringBuilder text) {
        if (!text.isEmpty()) {
            parts.add(new Text(text.toString()));
            text.setLength(0);
        }
    }

    /** The code with its operands in their places. */
    String fill(IntFunction<String> argument, String result, int header) {
        StringBuilder out = new StringBuilder();
        fill(out, argument, result, header, "#");
        return out.toString();
    }

    private void fill(StringBuilder out, IntFunction<String> argument, String result, int header, String number) {
        for (Part part : parts) {
            switch (part) {
                case Text(String text) -> out.append(text.replace("#", number));
                case Operand(int index) -> out.append(index == RESULT ? result : index == HEADER ? Integer.toString(header) : argument.apply(index));
                case Repeat(Template count, String separator, Template body) -> {
                    int times = Integer.parseInt(count.fill(argument, result, header));
                    for (int i = 0; i < times; i++) {
                        out.append(i == 0 ? "" : separator);
                        body.fill(out, argument, result, header, Integer.toString(i));
                    }
                }
            }
        }
    }
}
