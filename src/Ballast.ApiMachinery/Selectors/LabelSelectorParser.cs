using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Selectors;

/// <summary>The grammar of label selector strings. One parser reads one selector.</summary>
internal sealed class LabelSelectorParser
{
    private const string BinaryOperators = "in, notin, =, ==, !=, gt, lt";

    private readonly List<(Token Token, string Text)> _tokens;
    private int _next;

    public LabelSelectorParser(string selector) => _tokens = LabelSelectorLexer.Scan(selector);

    /// <exception cref="StatusException">BadRequest: what was found, what was expected.</exception>
    public List<LabelRequirement> Parse()
    {
        List<LabelRequirement> requirements = [];
        while (true)
        {
            switch (PeekValue().Token)
            {
                case Token.Identifier or Token.Not:
                    requirements.Add(ParseRequirement());
                    break;
                case Token.End:
                    return requirements;
                default:
                    throw Error($"found '{PeekValue().Text}', expected: !, identifier, or 'end of string'");
            }
            var (token, text) = TakeValue();
            if (token == Token.End)
                return requirements;
            if (token != Token.Comma)
                throw Error($"found '{text}', expected: ',' or 'end of string'");
            if (PeekValue().Token is not (Token.Identifier or Token.Not))
                throw Error($"found '{PeekValue().Text}', expected: identifier after ','");
        }
    }

    private LabelRequirement ParseRequirement()
    {
        var absent = PeekValue().Token == Token.Not;
        if (absent)
            _ = TakeValue();
        var (token, key) = TakeValue();
        if (token != Token.Identifier)
            throw RequirementError($"found '{key}', expected: identifier");
        if (LabelRequirement.KeyError(key) is { } keyError)
            throw RequirementError(keyError.ToString());
        if (absent)
            return Make(key, SelectorOperator.DoesNotExist, []);
        if (PeekValue().Token is Token.End or Token.Comma)
            return Make(key, SelectorOperator.Exists, []);
        var op = ParseOperator();
        return Make(key, op, op is SelectorOperator.In or SelectorOperator.NotIn ? ParseValues() : [ParseExactValue()]);
    }

    private SelectorOperator ParseOperator()
    {
        var (token, text) = _tokens[_next];
        Advance();
        return token switch
        {
            Token.In => SelectorOperator.In,
            Token.NotIn => SelectorOperator.NotIn,
            Token.Equals => SelectorOperator.Equals,
            Token.DoubleEquals => SelectorOperator.DoubleEquals,
            Token.NotEquals => SelectorOperator.NotEquals,
            Token.Greater => SelectorOperator.GreaterThan,
            Token.Less => SelectorOperator.LessThan,
            _ => throw RequirementError($"found '{text}', expected: {BinaryOperators}"),
        };
    }

    private HashSet<string> ParseValues()
    {
        var (token, text) = TakeValue();
        if (token != Token.Open)
            throw RequirementError($"found '{text}' expected: '('");
        (token, text) = PeekValue();
        if (token == Token.Close)
        {
            _ = TakeValue();
            return [];
        }
        if (token is not (Token.Identifier or Token.Comma))
            throw RequirementError($"found '{text}', expected: ',', ')' or identifier");
        var values = ParseList();
        if (TakeValue().Token != Token.Close)
            throw RequirementError($"found '{text}', expected: ')'");
        return values;
    }

    // Commas with nothing between them stand for the empty value: "(a,)", "(,a)" and "(,)" are all legal.
    private HashSet<string> ParseList()
    {
        HashSet<string> values = [];
        while (true)
        {
            var (token, text) = TakeValue();
            if (token == Token.Identifier)
            {
                _ = values.Add(text);
                if (PeekValue().Token == Token.Close)
                    return values;
                if (PeekValue().Token != Token.Comma)
                    throw RequirementError($"found '{PeekValue().Text}', expected: ',' or ')'");
            }
            else if (token == Token.Comma)
            {
                if (values.Count == 0)
                    _ = values.Add("");
                if (PeekValue().Token == Token.Close)
                {
                    _ = values.Add("");
                    return values;
                }
                if (PeekValue().Token == Token.Comma)
                {
                    _ = TakeValue();
                    _ = values.Add("");
                }
            }
            else
            {
                throw RequirementError($"found '{text}', expected: ',', or identifier");
            }
        }
    }

    private string ParseExactValue()
    {
        if (PeekValue().Token is Token.End or Token.Comma)
            return "";
        var (token, text) = TakeValue();
        return token == Token.Identifier ? text : throw RequirementError($"found '{text}', expected: identifier");
    }

    // Where a value is expected, "in" and "notin" are words like others.
    private (Token Token, string Text) PeekValue()
    {
        var (token, text) = _tokens[_next];
        return (token is Token.In or Token.NotIn ? Token.Identifier : token, text);
    }

    private (Token Token, string Text) TakeValue()
    {
        var taken = PeekValue();
        Advance();
        return taken;
    }

    // The end stays: it may be looked at any number of times.
    private void Advance() => _next = Math.Min(_next + 1, _tokens.Count - 1);

    private static LabelRequirement Make(string key, SelectorOperator op, IEnumerable<string> values) =>
        LabelRequirement.TryMake(key, op, values, out var requirement) is { } error ? throw RequirementError(error.ToString()) : requirement;

    private static StatusException RequirementError(string what) => Error("unable to parse requirement: " + what);

    private static StatusException Error(string what) => StatusException.BadRequest(what);
}
