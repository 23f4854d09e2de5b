namespace Ballast.ApiMachinery.Selectors;

internal enum Token
{
    End,
    Identifier,
    Comma,
    Not,
    Equals,
    DoubleEquals,
    NotEquals,
    Greater,
    Less,
    Open,
    Close,
    In,
    NotIn,
}

internal static class LabelSelectorLexer
{
    private const string Symbols = "=!(),><";

    /// <summary>The tokens in order; the last is the end.</summary>
    public static List<(Token Token, string Text)> Scan(string selector)
    {
        List<(Token, string)> tokens = [];
        for (var at = 0; at < selector.Length;)
        {
            if (selector[at] is ' ' or '\t' or '\r' or '\n')
            {
                at++;
                continue;
            }
            var length = Symbols.Contains(selector[at], StringComparison.Ordinal) ? SymbolLength(selector, at) : WordLength(selector, at);
            var text = selector.Substring(at, length);
            tokens.Add((Classify(text), text));
            at += length;
        }
        tokens.Add((Token.End, ""));
        return tokens;
    }

    private static int SymbolLength(string s, int at) =>
        at + 1 < s.Length && (s[at] is '=' or '!') && s[at + 1] == '=' ? 2 : 1;

    private static int WordLength(string s, int at)
    {
        var end = at;
        while (end < s.Length && !Symbols.Contains(s[end], StringComparison.Ordinal) && s[end] is not (' ' or '\t' or '\r' or '\n'))
            end++;
        return end - at;
    }

    private static Token Classify(string text) => text switch
    {
        "," => Token.Comma,
        "!" => Token.Not,
        "=" => Token.Equals,
        "==" => Token.DoubleEquals,
        "!=" => Token.NotEquals,
        ">" => Token.Greater,
        "<" => Token.Less,
        "(" => Token.Open,
        ")" => Token.Close,
        "in" => Token.In,
        "notin" => Token.NotIn,
        _ => Token.Identifier,
    };
}
