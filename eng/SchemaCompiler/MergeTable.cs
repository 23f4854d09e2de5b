namespace Ballast.SchemaCompiler;

/// <summary>
/// Reads the merge table: a line with a type's name, below it an indented line a field (<c>.</c> for the type itself) with words
/// <c>list=</c>, <c>keys=</c>, <c>map=</c>, <c>patch=</c>, <c>patch-key=</c>, <c>default=</c>.
/// </summary>
internal sealed class MergeTable
{
    private readonly Dictionary<(string Type, string Field), IReadOnlyDictionary<string, string>> _rows = [];

    public static MergeTable Read(string path)
    {
        var table = new MergeTable();
        var type = "";
        foreach (var line in File.ReadLines(path).Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (line[0] != ' ')
            {
                type = line.Trim();
                continue;
            }
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            table._rows.Add((type, words[0]), words.Skip(1).Select(w => w.Split('=', 2)).ToDictionary(w => w[0], w => w[1]));
        }
        return table;
    }

    /// <param name="type">A schema's name.</param>
    /// <param name="field">A field of it, or <c>.</c>.</param>
    public IReadOnlyDictionary<string, string> this[string type, string field] =>
        _rows.GetValueOrDefault((type, field)) ?? new Dictionary<string, string>();
}
