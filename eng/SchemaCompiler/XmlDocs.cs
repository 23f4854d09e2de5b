using System.Text.RegularExpressions;
using System.Xml;

namespace Ballast.SchemaCompiler;

/// <summary>The summaries of KubernetesClient's models, which are upstream's descriptions broken into lines.</summary>
internal sealed partial class XmlDocs
{
    private readonly Dictionary<string, string> _summaries = [];

    public static XmlDocs Read(string path)
    {
        var docs = new XmlDocs();
        using var reader = XmlReader.Create(path);
        var member = "";
        while (reader.Read())
        {
            if (reader.NodeType != XmlNodeType.Element)
                continue;
            if (reader.Name == "member")
                member = reader.GetAttribute("name") ?? "";
            else if (reader.Name == "summary" && IsModel(member))
                docs._summaries[member] = Spaces().Replace(reader.ReadInnerXmlText(), " ").Trim();
        }
        return docs;
    }

    public string Of(Type type) => _summaries.GetValueOrDefault("T:" + type.FullName, "");

    public string Of(System.Reflection.PropertyInfo property) => _summaries.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}", "");

    private static bool IsModel(string member) => member.StartsWith("T:k8s.Models.", StringComparison.Ordinal) || member.StartsWith("P:k8s.Models.", StringComparison.Ordinal);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

internal static class XmlReaderExtensions
{
    extension(XmlReader reader)
    {
        /// <summary>The text of the current element and of what is in it.</summary>
        public string ReadInnerXmlText()
        {
            using var inner = reader.ReadSubtree();
            var text = new System.Text.StringBuilder();
            while (inner.Read())
            {
                if (inner.NodeType is XmlNodeType.Text or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace)
                    _ = text.Append(inner.Value);
            }
            return text.ToString();
        }
    }
}
