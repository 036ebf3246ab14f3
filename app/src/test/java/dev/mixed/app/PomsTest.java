// SPDX-License-Identifier: Apache-2.0
package dev.mixed.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** What the build's poms say twice is the same. */
class PomsTest {
    /** Modules that are no libraries. */
    private static final Set<String> APPLICATION = Set.of("bom", "testing", "tornado-stubs", "cli", "compare", "app", "examples", "benchmarks");

    private static Document pom(String folder) throws Exception {
        return DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(Path.of("..", folder, "pom.xml").toFile());
    }

    private static List<String> texts(Document pom, String path) throws Exception {
        NodeList nodes = (NodeList) XPathFactory.newDefaultInstance().newXPath().evaluate(path, pom, XPathConstants.NODESET);
        return IntStream.range(0, nodes.getLength()).mapToObj(i -> nodes.item(i).getTextContent()).toList();
    }

    @Test
    void theBomListsEveryLibraryInTheVersionOfTheBuild() throws Exception {
        Set<String> libraries = new TreeSet<>(texts(pom("."), "/project/modules/module"));
        assertTrue(libraries.containsAll(Set.of("bert", "cli")), libraries.toString());
        libraries.removeAll(APPLICATION);
        assertEquals(libraries, new TreeSet<>(texts(pom("bom"), "/project/dependencyManagement/dependencies/dependency/artifactId")));
        assertEquals(texts(pom("."), "/project/version"), texts(pom("bom"), "/project/version"));
    }
}
