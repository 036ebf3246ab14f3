// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.graal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.CudaC;
import dev.mixed.intrinsics.Families;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** The code of every intrinsic: arguments and operands that it names are there, and those that are there are named. */
class TemplateTest {
    private static final String RESULT = "result_";
    private static final String ARGUMENT = "argument_";
    private static final Pattern STRING = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern OPERAND = Pattern.compile("\"([=+]?)([rflnh])\"\\(");
    /** The number of a repetition, and not a directive of the preprocessor. */
    private static final Pattern NUMBER = Pattern.compile("#(?!if |else|endif)");
    private static final Pattern PLACE = Pattern.compile("%(\\d+)");

    static List<Method> intrinsics() {
        List<Method> found = new ArrayList<>();
        for (Class<?> family : Families.ALL) {
            Arrays.stream(family.getDeclaredMethods()).filter(method -> method.isAnnotationPresent(CudaC.class)).forEach(found::add);
        }
        return found;
    }

    private static String code(Method method) {
        return method.getAnnotation(CudaC.class).value();
    }

    /** The code with a name for each argument, but numbers for those that count repetitions. */
    private static String filled(Method method) {
        String code = code(method);
        return Template.parse(code).fill(argument -> {
            assertTrue(argument < method.getParameterCount(), method + " has no argument " + argument);
            return code.contains("@{$" + argument + "|") ? "3" : ARGUMENT + argument + "_";
        }, RESULT, 16);
    }

    @ParameterizedTest
    @MethodSource("intrinsics")
    void namesWhatThereIs(Method method) {
        String code = filled(method);
        assertTrue(!code.contains("$") && !code.contains("@{") && !NUMBER.matcher(code).find(), code);
        assertEquals(method.getReturnType() != void.class, code.contains(RESULT), code);
        for (int i = 0; i < method.getParameterCount(); i++) {
            assertTrue(code.contains(ARGUMENT + i + "_") || code(method).contains("@{$" + i + "|"), method + " leaves out argument " + i);
        }
        for (char[] pair : new char[][] {{'(', ')'}, {'{', '}'}, {'[', ']'}}) {
            assertEquals(code.chars().filter(c -> c == pair[0]).count(), code.chars().filter(c -> c == pair[1]).count(), code);
        }
        for (int written : method.getAnnotation(CudaC.class).writes()) {
            assertTrue(TornadoNativeArray.class.isAssignableFrom(method.getParameterTypes()[written]), method + " writes argument " + written);
        }
    }

    @ParameterizedTest
    @MethodSource("intrinsics")
    void assemblyNamesItsOperands(Method method) {
        filled(method).lines().filter(line -> line.startsWith("asm")).forEach(TemplateTest::operandsAreNamed);
    }

    private static void operandsAreNamed(String code) {
        Matcher text = STRING.matcher(code);
        assertTrue(text.find(), code);
        String assembly = text.group(1);
        String rest = code.substring(text.end());
        List<String> outputs = new ArrayList<>();
        Matcher operand = OPERAND.matcher(rest);
        int count = 0;
        while (operand.find()) {
            if (!operand.group(1).isEmpty()) {
                outputs.add(operand.group(1));
                assertEquals(outputs.size() - 1, count, "outputs come first in: " + code);
            }
            count++;
        }
        BitSet named = new BitSet();
        Matcher place = PLACE.matcher(assembly);
        while (place.find()) {
            named.set(Integer.parseInt(place.group(1)));
        }
        if (!assembly.isEmpty()) {
            assertEquals(IntStream.range(0, count).boxed().toList(), named.stream().boxed().toList(), "operands that are there, and named ones, of: " + code);
        }
        assertEquals(rest.indexOf(':') >= 0 && !outputs.isEmpty(), Pattern.compile("^ : \"[=+]").matcher(rest).find(), code);
    }

    /** What touches memory, waits or counts must keep its place. */
    @ParameterizedTest
    @MethodSource("intrinsics")
    void assemblyWithEffectsIsVolatile(Method method) {
        code(method).lines().filter(line -> line.startsWith("asm")).forEach(TemplateTest::keepsItsPlace);
        boolean storesGlobally = Pattern.compile("st\\.global|atomicAdd|tensor\\.\\dd\\.global\\.shared").matcher(code(method)).find();
        // What stores at an address names no array.
        boolean byAddress = method.getDeclaringClass() == Addresses.class && method.getParameterTypes()[0] == long.class;
        // What gives an array's address away lets others store there.
        boolean givenAway = method.getDeclaringClass() == Addresses.class && method.getName().equals("of");
        assertEquals(storesGlobally && !byAddress || givenAway, method.getAnnotation(CudaC.class).writes().length == 1, code(method));
    }

    private static void keepsItsPlace(String code) {
        boolean computes = code.startsWith("asm(\"") && Pattern.compile("mma\\.sync|cvt\\.|\\.approx\\.|ld\\.global\\.nc").matcher(code).find();
        boolean wgmma = code.contains("wgmma.mma_async");
        if (!computes) {
            assertTrue(code.startsWith("asm volatile("), code);
            assertTrue(wgmma || code.contains("setmaxnreg") || code.contains(": \"memory\")"), code);
        }
    }

    @Test
    void thereAreMany() {
        assertTrue(intrinsics().size() > 60);
        assertEquals(intrinsics().size(), new TreeSet<>(intrinsics().stream().map(Method::toString).toList()).size());
    }

    @Test
    void fillsPlacesAndRepetitions() {
        Template template = Template.parse("$r = f($0, @{2|, |$1[($2)+#]}) + $h + $12;");
        assertEquals("y = f(a0, a1[(a2)+0], a1[(a2)+1]) + 16 + a12;", template.fill(i -> "a" + i, "y", 16));
        assertEquals("{b[0]; b[1]; b[2]}", Template.parse("{@{$1|; |$0[#]}}").fill(i -> i == 0 ? "b" : "3", "", 0));
        assertEquals("", Template.parse("@{$0|, |x}").fill(i -> "0", "", 0));
    }

    @Test
    void brokenCodeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Template.parse("@{2|, |x"));
        assertThrows(IllegalArgumentException.class, () -> Template.parse("@{2}"));
        assertThrows(IllegalArgumentException.class, () -> Template.parse("$x"));
        assertNotEquals("$0", Template.parse("$0").fill(i -> "x", "", 0));
    }
}
