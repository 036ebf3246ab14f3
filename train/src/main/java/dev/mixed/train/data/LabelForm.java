// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.regex.Pattern;

/** The forms in which a file may write a label: each is taken as a class or refused with its reason. */
public enum LabelForm {
    NAME("a name, such as positive", true, "the class of that name, without blanks around it"),
    WHOLE_NUMBER("a whole number, such as 0 or -1", true, "the class of that number"),
    WHOLE_FLOAT("a whole number with a point, such as 1.0", true, "the class 1, and a notice says so"),
    BOOLEAN("true or false in JSON", true, "the classes true and false"),
    FRACTION("a number with a fraction, such as 0.5", false,
            "is a score, and miXed sorts texts into classes; write the name or the number of a class, or give --task regression"),
    LIST("a list, such as [0, 2] in JSON or 0,2 in one field", false,
            "holds several labels, and miXed learns one for each text; write one, or give --task multilabel"),
    OBJECT("an object in JSON", false, "is an object; write the name or the number of a class"),
    NULL("null or <NA>", false, "is missing; write one or delete the row"),
    NAN("NaN", false, "is missing; write one or delete the row"),
    EMPTY("empty or blank", false, "is empty; write one or delete the row");

    private static final Pattern WHOLE = Pattern.compile("[+-]?\\d{1,18}");
    private static final Pattern POINTED = Pattern.compile("[+-]?(\\d{1,18}\\.\\d{0,18}|\\.\\d{1,18})([eE][+-]?\\d{1,3})?|[+-]?\\d{1,18}[eE]-\\d{1,3}");
    private static final Pattern LISTED = Pattern.compile(
            "\\[\\s*(['\"].*['\"])?\\s*\\]|\\[\\s*[+-]?\\d+([\\s,]+[+-]?\\d+)*\\s*\\]|[+-]?\\d+(\\s*[,;]\\s*[+-]?\\d+)+",
            Pattern.DOTALL);
    private static final Pattern MISSING = Pattern.compile("null|NULL|<NA>|#N/A");
    /** Characters of a label from which on its ends alone are looked at. */
    private static final int LONG = 200;
    /** Above it, a double no longer holds every whole number. */
    private static final double EXACT = 1L << 53;

    private final String written;
    private final boolean taken;
    private final String says;

    LabelForm(String written, boolean taken, String says) {
        this.written = written;
        this.taken = taken;
        this.says = says;
    }

    /** How such a label stands in a file, with an example. */
    public String written() {
        return written;
    }

    /** Whether it is a class. */
    public boolean taken() {
        return taken;
    }

    /** The class that it is, or what is wrong with it, as the end of a sentence about the label. */
    public String says() {
        return says;
    }

    static LabelForm of(String label) {
        String text = label.strip();
        if (text.isEmpty()) {
            return EMPTY;
        } else if (WHOLE.matcher(text).matches()) {
            return WHOLE_NUMBER;
        } else if (POINTED.matcher(text).matches()) {
            return number(Double.parseDouble(text));
        } else if (text.equalsIgnoreCase("nan")) {
            return NAN;
        } else if (MISSING.matcher(text).matches()) {
            return NULL;
        }
        boolean list = text.length() > LONG ? text.startsWith("[") && text.endsWith("]") : LISTED.matcher(text).matches();
        return list ? LIST : NAME;
    }

    static LabelForm of(JsonNode label) {
        return switch (label.getNodeType()) {
            case STRING -> of(label.textValue());
            case BOOLEAN -> BOOLEAN;
            case NUMBER -> label.isIntegralNumber() ? WHOLE_NUMBER : number(label.doubleValue());
            case ARRAY -> LIST;
            case OBJECT -> OBJECT;
            default -> NULL;
        };
    }

    private static LabelForm number(double value) {
        return Double.isNaN(value) ? NAN : value == Math.rint(value) && Math.abs(value) < EXACT ? WHOLE_FLOAT : FRACTION;
    }

    /**
     * The class that a label means, as {@link LabelSet} compares it.
     *
     * @param place file and line, for messages
     * @throws UserException if it means none
     */
    String name(String place, String label) {
        if (!taken) {
            throw new UserException(place + ": the label " + (label.isBlank() ? "" : "'" + Brief.of(label.strip()) + "' ") + says + ".");
        }
        String text = label.strip();
        return this == WHOLE_FLOAT ? String.valueOf((long) Double.parseDouble(text)) : this == WHOLE_NUMBER && text.startsWith("+") ? text.substring(1) : text;
    }
}
