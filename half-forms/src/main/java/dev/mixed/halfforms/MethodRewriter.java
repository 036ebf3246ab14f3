// SPDX-License-Identifier: Apache-2.0
package dev.mixed.halfforms;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionStatementTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Rewrites the source text of one method from float to half storage, as {@link AlsoHalf} tells.
 *
 * <p>A store becomes three statements: TornadoVM compiles a half that is made from a float variable and then stored, but not one made within the
 * call that stores it.
 */
final class MethodRewriter extends TreePathScanner<Void, Void> {
    private static final String GET = "get";
    private static final String SET = "set";

    /** Text that stands for what was between two places of the source. */
    private record Edit(long at, long end, String text) {
    }

    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final String source;
    private final String floatClass;
    private final Set<String> halfNames;
    private final Set<String> floatNames;
    private final List<Edit> edits = new ArrayList<>();
    private final Set<String> arrays = new HashSet<>();
    private int stores;

    /**
     * @param floatClass the class of the float form
     * @param halfNames  the names of its methods that have half forms
     * @param floatNames the names of its methods that have none
     */
    MethodRewriter(CompilationUnitTree unit, SourcePositions positions, String source, String floatClass, Set<String> halfNames, Set<String> floatNames) {
        this.unit = unit;
        this.positions = positions;
        this.source = source;
        this.floatClass = floatClass;
        this.halfNames = halfNames;
        this.floatNames = floatNames;
    }

    /** The whole method on half storage. */
    String halfForm(MethodTree method) {
        for (VariableTree parameter : method.getParameters()) {
            if (HalfFormClass.alsoHalf(parameter)) {
                arrays.add(parameter.getName().toString());
                replace(start(parameter), end(parameter), "HalfFloatArray " + parameter.getName());
            }
        }
        scan(new TreePath(new TreePath(new TreePath(unit), method), method.getBody()), null);
        return apply(start(method), end(method));
    }

    @Override
    public Void visitVariable(VariableTree variable, Void unused) {
        if (arrays.contains(variable.getName().toString())) {
            throw new HalfFormException("a local variable hides the array " + variable.getName() + ": give it another name", variable);
        }
        return super.visitVariable(variable, null);
    }

    @Override
    public Void visitExpressionStatement(ExpressionStatementTree statement, Void unused) {
        if (!(statement.getExpression() instanceof MethodInvocationTree call) || !onArray(call, SET)) {
            return super.visitExpressionStatement(statement, null);
        }
        ExpressionTree index = call.getArguments().get(0);
        ExpressionTree value = call.getArguments().get(1);
        boolean inBlock = getCurrentPath().getParentPath().getLeaf() instanceof BlockTree;
        int n = stores++;
        replace(start(statement), start(statement), (inBlock ? "" : "{ ") + "float half$value" + n + " = " + rewritten(value) + "; HalfFloat half$" + n
                + " = new HalfFloat(half$value" + n + "); ");
        scan(index, null);
        replace(end(index), end(value), ", half$" + n);
        replace(end(statement), end(statement), inBlock ? "" : " }");
        return null;
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree call, Void unused) {
        if (onArray(call, SET)) {
            throw new HalfFormException("a store to half storage is a statement of its own", call);
        }
        if (onArray(call, GET)) {
            replace(end(call), end(call), ".getFloat32()");
        }
        if (call.getMethodSelect() instanceof IdentifierTree name) {
            String called = name.getName().toString();
            if (halfNames.contains(called) && floatNames.contains(called)) {
                throw new HalfFormException(called + " names methods with and without a half form: give them two names", call);
            }
            if (floatNames.contains(called)) {
                replace(start(name), start(name), floatClass + ".");
            }
        }
        return super.visitMethodInvocation(call, null);
    }

    private boolean onArray(MethodInvocationTree call, String method) {
        return call.getMethodSelect() instanceof MemberSelectTree select && select.getIdentifier().contentEquals(method)
                && select.getExpression() instanceof IdentifierTree array && arrays.contains(array.getName().toString());
    }

    /** The text of an expression on half storage. */
    private String rewritten(ExpressionTree value) {
        MethodRewriter inner = new MethodRewriter(unit, positions, source, floatClass, halfNames, floatNames);
        inner.arrays.addAll(arrays);
        inner.scan(new TreePath(getCurrentPath(), value), null);
        return inner.apply(start(value), end(value));
    }

    private void replace(long from, long to, String text) {
        edits.add(new Edit(from, to, text));
    }

    private String apply(long from, long to) {
        List<Edit> ordered = new ArrayList<>(edits);
        // Stable: edits at one place keep the order in which they were made.
        ordered.sort(Comparator.comparingLong(Edit::at));
        StringBuilder text = new StringBuilder();
        long at = from;
        for (Edit edit : ordered) {
            text.append(source, (int) at, (int) edit.at()).append(edit.text());
            at = Math.max(at, edit.end());
        }
        return text.append(source, (int) at, (int) to).toString();
    }

    private long start(Tree tree) {
        return positions.getStartPosition(unit, tree);
    }

    private long end(Tree tree) {
        return positions.getEndPosition(unit, tree);
    }
}
