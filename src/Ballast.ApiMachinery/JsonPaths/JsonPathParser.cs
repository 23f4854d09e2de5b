using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.JsonPaths;

/// <summary>Reads a path from left to right, one step at a time.</summary>
internal ref struct JsonPathParser(string text)
{
    private int _at;

    public IReadOnlyList<PathStep> Parse()
    {
        if (Peek() is '$' or '@')
            _at++;
        var steps = Steps(static c => false);
        return _at == text.Length ? steps : throw Wrong($"unexpected \"{text[_at]}\"");
    }

    /// <summary>Steps until the end, or what <paramref name="isEnd"/> stops at.</summary>
    private List<PathStep> Steps(Func<char, bool> isEnd)
    {
        List<PathStep> steps = [];
        while (_at < text.Length && !isEnd(text[_at]))
        {
            switch (text[_at])
            {
                case '.' when Peek(1) == '.':
                    _at += 2;
                    steps.Add(new DescentStep());
                    if (Peek() != '[')
                        steps.Add(Name(isEnd));
                    break;
                case '.':
                    _at++;
                    // A dot before a bracket, or alone, is the value itself.
                    if (_at < text.Length && text[_at] != '[' && !isEnd(text[_at]))
                        steps.Add(Name(isEnd));
                    break;
                case '[':
                    steps.Add(Bracket());
                    break;
                default:
                    if (steps.Count > 0)
                        throw Wrong($"unexpected \"{text[_at]}\"");
                    steps.Add(Name(isEnd));
                    break;
            }
        }
        return steps;
    }

    private PathStep Name(Func<char, bool> isEnd)
    {
        var name = new StringBuilder();
        while (_at < text.Length && text[_at] is not ('.' or '[' or ']' or ' ') && !isEnd(text[_at]))
        {
            if (text[_at] == '\\' && _at + 1 < text.Length)
                _at++;
            _ = name.Append(text[_at++]);
        }
        return name.ToString() switch
        {
            "" => throw Wrong("a field's name is missing"),
            "*" => new WildcardStep(),
            var field => new FieldStep(field),
        };
    }

    private PathStep Bracket()
    {
        _at++;
        if (Peek() == '?')
            return Filter();
        List<PathStep> steps = [];
        do
        {
            Spaces();
            steps.Add(Element());
            Spaces();
        }
        while (Take(','));
        Expect(']');
        return steps.Count == 1 ? steps[0] : new UnionStep(steps);
    }

    private PathStep Element()
    {
        if (Take('*'))
            return new WildcardStep();
        if (Peek() is '\'' or '"')
            return new FieldStep(Quoted());
        var start = Integer();
        if (Peek() != ':')
            return new IndexStep(start ?? throw Wrong("an index is missing"));
        _at++;
        var end = Integer();
        var step = Take(':') ? Integer() ?? 1 : 1;
        return step > 0 ? new SliceStep(start, end, step) : throw Wrong("a slice goes forward");
    }

    private PathStep Filter()
    {
        _at++;
        Expect('(');
        var left = Operand();
        Spaces();
        var symbol = Operator();
        Spaces();
        var right = symbol.Length > 0 ? Operand() : new FilterOperand(null, null);
        Spaces();
        Expect(')');
        Expect(']');
        return new FilterStep(left, symbol, right);
    }

    private string Operator()
    {
        foreach (var symbol in (ReadOnlySpan<string>)["==", "!=", "<=", ">=", "<", ">"])
        {
            if (!text.AsSpan(_at).StartsWith(symbol))
                continue;
            _at += symbol.Length;
            return symbol;
        }
        return "";
    }

    private FilterOperand Operand()
    {
        Spaces();
        if (Peek() is '\'' or '"')
            return new(JsonValue.Create(Quoted()), null);
        if (Take('@'))
            return new(null, Steps(static c => c is '=' or '!' or '<' or '>' or ')' or ' '));
        var start = _at;
        while (_at < text.Length && text[_at] is not (')' or ' ' or '=' or '!' or '<' or '>'))
            _at++;
        var word = text[start.._at];
        return word switch
        {
            "true" => new(JsonValue.Create(true), null),
            "false" => new(JsonValue.Create(false), null),
            _ when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => new(JsonValue.Create(number), null),
            _ => throw Wrong($"\"{word}\" is neither a constant nor a path"),
        };
    }

    private string Quoted()
    {
        var quote = text[_at++];
        var value = new StringBuilder();
        while (_at < text.Length && text[_at] != quote)
        {
            if (text[_at] == '\\' && _at + 1 < text.Length)
                _at++;
            _ = value.Append(text[_at++]);
        }
        if (!Take(quote))
            throw Wrong("a quote is not closed");
        return value.ToString();
    }

    private int? Integer()
    {
        var start = _at;
        if (Peek() == '-')
            _at++;
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            _at++;
        if (_at == start)
            return null;
        return int.TryParse(text.AsSpan(start, _at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number : throw Wrong("a number is not readable");
    }

    private void Spaces()
    {
        while (Peek() == ' ')
            _at++;
    }

    private bool Take(char expected)
    {
        if (Peek() != expected)
            return false;
        _at++;
        return true;
    }

    private void Expect(char expected)
    {
        if (!Take(expected))
            throw Wrong($"\"{expected}\" is missing");
    }

    private readonly char Peek(int ahead = 0) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private readonly FormatException Wrong(string what) => new($"{what} at character {_at + 1}");
}
