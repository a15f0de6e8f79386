import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.Option;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.minidev.json.JSONValue;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

/**
 * Renders mapping templates with what API Gateway is documented to be made of: Apache Velocity, and JsonPath for Java.
 * Argument: a file with a case on each line, {"template", "body", "params", "context"}. Prints a line for each:
 * {"output", "status"}, or {"error"}.
 */
public class Render {
  private static final Configuration CONFIGURATION =
      Configuration.defaultConfiguration().addOptions(Option.DEFAULT_PATH_LEAF_TO_NULL);

  public static void main(String[] arguments) throws Exception {
    VelocityEngine engine = new VelocityEngine();
    engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
    engine.setProperty("runtime.references.strict", "true");
    engine.init();
    StringBuilder answers = new StringBuilder();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      answers.append(JSONValue.toJSONString(answer(engine, JSONValue.parse(line)))).append('\n');
    }
    System.out.write(answers.toString().getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }

  private static Map<String, Object> answer(VelocityEngine engine, Object parsed) {
    Map<String, Object> answer = new LinkedHashMap<>();
    try {
      Map<String, Object> one = map(parsed);
      Map<String, Object> context = map(one.get("context"));
      VelocityContext variables = new VelocityContext();
      variables.put("input", new Input((String) one.get("body"), map(one.get("params"))));
      variables.put("util", new Util());
      variables.put("context", context);
      StringWriter output = new StringWriter();
      engine.evaluate(variables, output, "template", (String) one.get("template"));
      answer.put("output", output.toString());
      answer.put("status", map(context.get("responseOverride")).get("status"));
    } catch (RuntimeException error) {
      answer.put("error", error.toString());
    }
    return answer;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  public static class Input {
    private final String body;
    private final Map<String, Object> params;

    Input(String body, Map<String, Object> params) {
      this.body = body;
      this.params = params;
    }

    public String getBody() {
      return body;
    }

    public Object path(String path) {
      return JsonPath.using(CONFIGURATION).parse(body).read(path);
    }

    public String json(String path) {
      return JSONValue.toJSONString(path(path));
    }

    public Map<String, Object> params() {
      return params;
    }

    public String params(String name) {
      for (String place : List.of("path", "querystring", "header")) {
        Object value = map(params.get(place)).get(name);
        if (value != null) return (String) value;
      }
      return "";
    }
  }

  public static class Util {
    public String base64Encode(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    public String escapeJavaScript(String text) {
      return StringEscapeUtils.escapeJavaScript(text);
    }
  }
}
