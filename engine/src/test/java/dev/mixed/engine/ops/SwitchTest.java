// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Graal makes a switch of else-ifs that compare one variable with constants. Behind a switch, the cuda backend of TornadoVM 5.2 overwrites the variables
 * that its cases assign, if one computes its value in a loop; the emulated GPU can't see that. So no case may assign a variable.
 */
class SwitchTest {
    @Test
    void noCaseOfASwitchAssigns() {
        Map<String, MethodModel> onGpu = KernelCode.all();
        assertEquals(List.of(), onGpu.keySet().stream().filter(name -> assignsInSwitch(onGpu.get(name))).toList());
    }

    @Test
    void findsElseIfsThatAssign() {
        assertEquals(List.of("assigns"), KernelCode.methods(SwitchTest.class).values().stream()
                .filter(m -> m.methodName().stringValue().startsWith("assigns")).filter(SwitchTest::assignsInSwitch).map(m -> m.methodName().stringValue())
                .toList());
    }

    static int assigns(int which, int a, int b) {
        int x;
        if (which == 0) {
            x = a * a;
        } else if (which == 1) {
            x = b * a;
        } else {
            x = b * b;
        }
        return x + 1;
    }

    static int assignsInEach(int which, int a, int b) {
        int x = 0;
        if (which == 0) {
            x = a * a;
        }
        if (which == 1) {
            x = b * a;
        }
        return x + 1;
    }

    /** Whether a switch, or what may become one, assigns a variable. */
    private static boolean assignsInSwitch(MethodModel method) {
        List<CodeElement> code = method.code().map(c -> c.elementStream().filter(e -> e instanceof Instruction || e instanceof LabelTarget).toList())
                .orElse(List.of());
        Map<Label, Integer> places = new HashMap<>();
        for (int i = 0; i < code.size(); i++) {
            if (code.get(i) instanceof LabelTarget target) {
                places.put(target.label(), i);
            }
        }
        for (int i = 0; i < code.size(); i++) {
            if (code.get(i) instanceof TableSwitchInstruction || code.get(i) instanceof LookupSwitchInstruction) {
                return true;
            }
            BranchInstruction other = comparison(code, i);
            if (other != null) {
                int next = places.get(other.target());
                if (next > i && variable(code, next) == variable(code, i) && comparison(code, next) != null
                        && code.subList(i, next).stream().anyMatch(StoreInstruction.class::isInstance)
                        && last(code, next) instanceof BranchInstruction end && end.opcode() == Opcode.GOTO && places.get(end.target()) > next) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The variable that is loaded at {@code at}, or -1. */
    private static int variable(List<CodeElement> code, int at) {
        return instruction(code, at, 0) instanceof LoadInstruction load ? load.slot() : -1;
    }

    /** Where the code at {@code at} goes if a variable is not a constant; null if it does not compare one. */
    private static BranchInstruction comparison(List<CodeElement> code, int at) {
        if (!(instruction(code, at, 0) instanceof LoadInstruction)) {
            return null;
        }
        if (instruction(code, at, 1) instanceof BranchInstruction branch && branch.opcode() == Opcode.IFNE) {
            return branch;
        }
        return instruction(code, at, 1) instanceof ConstantInstruction && instruction(code, at, 2) instanceof BranchInstruction branch
                && branch.opcode() == Opcode.IF_ICMPNE ? branch : null;
    }

    /** The instruction {@code skip} after the first from {@code at} on. */
    private static CodeElement instruction(List<CodeElement> code, int at, int skip) {
        return code.stream().skip(at).filter(Instruction.class::isInstance).skip(skip).findFirst().orElse(null);
    }

    /** The instruction before {@code at}. */
    private static CodeElement last(List<CodeElement> code, int at) {
        return code.subList(0, at).reversed().stream().filter(Instruction.class::isInstance).findFirst().orElse(null);
    }
}
