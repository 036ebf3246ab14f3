// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Texts that come in one a line, perhaps slowly: each can be had as soon as it is there. */
public final class TextLines {
    private final String name;
    private final InputStream in;
    private final Consumer<String> notes;
    private final byte[] buffer = new byte[1 << 16];
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
    private int next;
    private int filled;
    private long count;
    private boolean ended;

    /**
     * @param name what messages call the input
     * @param notes told, a sentence each, what the user should know about the lines
     */
    public TextLines(String name, InputStream in, Consumer<String> notes) {
        this.name = name;
        this.in = in;
        this.notes = notes;
    }

    /**
     * Waits for a line, and takes those that are there behind it; blank ones are texts too.
     *
     * @param most lines to take
     * @return none at the end
     * @throws UserException if a line is not UTF-8, or no text
     */
    public List<String> next(int most) throws IOException {
        List<String> lines = new ArrayList<>();
        while (lines.size() < most && !ended) {
            if (next == filled) {
                if (!lines.isEmpty() && in.available() == 0) {
                    break;
                }
                filled = in.read(buffer);
                next = 0;
                if (filled < 0) {
                    filled = 0;
                    ended = true;
                    if (partial.size() > 0) {
                        lines.add(line());
                    }
                }
                continue;
            }
            int end = next;
            while (end < filled && buffer[end] != '\n') {
                end++;
            }
            partial.write(buffer, next, end - next);
            next = Math.min(filled, end + 1);
            if (end < filled) {
                lines.add(line());
            }
        }
        // Nothing but a byte order mark is nothing.
        return ended && count == 1 && lines.equals(List.of("")) && next == filled ? List.of() : lines;
    }

    private String line() {
        count++;
        byte[] bytes = partial.toByteArray();
        partial.reset();
        String text = bytes.length == 0 ? "" : Utf8File.decodeLine(name, count, bytes);
        String line = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        String place = LabeledRow.place(name, count);
        if (line.indexOf('\0') >= 0) {
            throw new UserException(place + ": a NUL character, which text does not have; give texts in UTF-8.");
        }
        if (line.indexOf('\r') >= 0) {
            throw new UserException(place + ": a carriage return without a line feed after it; end lines with line feeds.");
        }
        if (count == 1 && JsonLines.isObject(line)) {
            notes.accept("From " + name + " each line is a text as it stands, though the first is a JSON object; --file reads the texts of a .jsonl file.");
        }
        if (count == 1 && HeaderLine.delimiter(line).isPresent()) {
            notes.accept("From " + name + " each line is a text as it stands, though the first is the header " + Brief.of(line)
                    + "; --file reads the columns of a .csv or .tsv file.");
        }
        return line;
    }
}
