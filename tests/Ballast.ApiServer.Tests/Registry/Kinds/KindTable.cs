namespace Ballast.ApiServer.Tests.Registry.Kinds;

/// <summary>Reads the tables of this folder.</summary>
internal static class KindTable
{
    /// <summary>Each line under its block's resource.</summary>
    public static IEnumerable<(string Resource, string Document, string Error)> Read(string text)
    {
        var resource = "";
        foreach (var line in text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            if (line[0] == '#')
                resource = line[1..].Trim();
            else if (line.Split(" => ", 2) is [var document, var error])
                yield return (resource, document, error);
            else
                throw new FormatException(line);
        }
    }

    /// <summary>A document in YAML, on one line without its braces.</summary>
    public static string Expand(string document) => "{" + document
        .Replace("$T", "template: {metadata: {labels: {a: b}}, spec: {$P}}", StringComparison.Ordinal)
        .Replace("$P", "containers: [{name: a, image: a}]", StringComparison.Ordinal)
        .Replace("$DEVICES", "requests: [{name: a, exactly: {deviceClassName: c}}]", StringComparison.Ordinal) + "}";
}
