using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Ballast.ComponentBase.Flags;

/// <summary>
/// A component's flags, under upstream's names and with its syntax: <c>--name=value</c> or <c>--name value</c>, booleans without a value are true, lists are
/// separated by commas and may be given more than once. What is not declared is refused.
/// </summary>
public sealed class FlagSet
{
    private readonly Command _command;

    public FlagSet(Command command) => _command = command;

    public Flag<string> String(string name, string value, string help) => Declare(name, value, help, token => token);

    public Flag<int> Int(string name, int value, string help) => Declare(name, value, help, token =>
        int.TryParse(token, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number : throw new FormatException("a whole number"));

    public Flag<double> Float(string name, double value, string help) => Declare(name, value, help, token =>
        double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number : throw new FormatException("a number"));

    /// <param name="name">Without the dashes.</param>
    /// <param name="value">Where the flag is not given; <c>--name</c> alone means true.</param>
    /// <param name="help">One sentence.</param>
    public Flag<bool> Bool(string name, bool value, string help) =>
        Declare(name, value, help, token => token switch
        {
            "true" or "True" or "TRUE" or "t" or "T" or "1" or "" => true,
            "false" or "False" or "FALSE" or "f" or "F" or "0" => false,
            _ => throw new FormatException("true or false"),
        }, ArgumentArity.ZeroOrOne);

    /// <summary>A duration in Go's syntax.</summary>
    public Flag<TimeSpan> Duration(string name, TimeSpan value, string help) => Declare(name, value, help, token =>
        GoDuration.TryParse(token, out var duration) ? duration : throw new FormatException("a duration like 15s or 1h30m"));

    public Flag<IReadOnlyList<string>> StringSlice(string name, IReadOnlyList<string> value, string help) =>
        DeclareMany(name, value, help, tokens =>
            tokens.SelectMany(t => t.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray());

    /// <summary><c>--name=a=1,b=2</c>.</summary>
    public Flag<IReadOnlyDictionary<string, string>> Map(string name, string help) =>
        DeclareMany<IReadOnlyDictionary<string, string>>(name, new Dictionary<string, string>(), help, tokens =>
        {
            var map = new Dictionary<string, string>();
            foreach (var pair in tokens.SelectMany(t => t.Split(',', StringSplitOptions.RemoveEmptyEntries)))
            {
                var equals = pair.IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0)
                    throw new FormatException("pairs like key=value");
                map[pair[..equals].Trim()] = pair[(equals + 1)..].Trim();
            }
            return map;
        });

    /// <summary>A flag of upstream's that changes nothing here: taken so that upstream's manifests and units work as they are.</summary>
    /// <param name="name">Without the dashes.</param>
    /// <param name="why">Why it changes nothing; shown in help.</param>
    public void Accepted(string name, string why) => Declare(name, "", $"Accepted for compatibility: {why}", token => token, ArgumentArity.ZeroOrOne);

    /// <summary>Gives every declared flag the value that <paramref name="result"/> holds.</summary>
    internal void Read(ParseResult result)
    {
        foreach (var read in _reads)
            read(result);
    }

    private readonly List<Action<ParseResult>> _reads = [];

    private Flag<T> Declare<T>(string name, T value, string help, Func<string, T> parse, ArgumentArity? arity = null) =>
        Add(name, value, help, arity ?? ArgumentArity.ExactlyOne, many: false,
            tokens => parse(tokens.Count == 0 ? "" : tokens[^1]));

    private Flag<T> DeclareMany<T>(string name, T value, string help, Func<IReadOnlyList<string>, T> parse) =>
        Add(name, value, help, ArgumentArity.OneOrMore, many: true, parse);

    private Flag<T> Add<T>(string name, T value, string help, ArgumentArity arity, bool many, Func<IReadOnlyList<string>, T> parse)
    {
        var option = new Option<T>("--" + name)
        {
            Description = help + DefaultText(value),
            HelpName = typeof(T) == typeof(bool) ? null : TypeName<T>(),
            // A flag given twice keeps its last value, as pflag has it.
            Arity = many ? arity : new ArgumentArity(arity.MinimumNumberOfValues, 100),
            AllowMultipleArgumentsPerToken = false,
            CustomParser = argument => Parse(name, argument, parse),
        };
        _command.Options.Add(option);
        var flag = new Flag<T>(name, value);
        _reads.Add(result =>
        {
            flag.IsSet = result.GetResult(option) is { Implicit: false };
            flag.Value = flag.IsSet ? result.GetValue(option)! : value;
        });
        return flag;
    }

    /// <summary>What the help of upstream's components calls it.</summary>
    private static string TypeName<T>() => typeof(T) switch
    {
        var t when t == typeof(TimeSpan) => "duration",
        var t when t == typeof(int) => "int",
        var t when t == typeof(double) => "float",
        var t when t == typeof(IReadOnlyList<string>) => "strings",
        var t when t == typeof(IReadOnlyDictionary<string, string>) => "mapStringString",
        _ => "string",
    };

    /// <summary>As pflag writes it; a value that is as good as none is not told.</summary>
    private static string DefaultText<T>(T value) => value switch
    {
        string { Length: > 0 } text => $" (default \"{text}\")",
        TimeSpan duration when duration != TimeSpan.Zero => $" (default {GoDuration.Format(duration)})",
        IReadOnlyList<string> { Count: > 0 } list => $" (default [{string.Join(',', list)}])",
        true => " (default true)",
        int and not 0 or double and not 0 => string.Create(CultureInfo.InvariantCulture, $" (default {value})"),
        _ => "",
    };

    private static T? Parse<T>(string name, ArgumentResult argument, Func<IReadOnlyList<string>, T> parse)
    {
        var tokens = argument.Tokens.Select(t => t.Value).ToArray();
        try
        {
            return parse(tokens);
        }
        catch (FormatException wanted)
        {
            argument.AddError($"--{name}: \"{string.Join(",", tokens)}\" is not {wanted.Message}");
            return default;
        }
    }
}

/// <summary>A declared flag; <see cref="Value"/> holds its default until the command line has been read.</summary>
public sealed class Flag<T>(string name, T value)
{
    public string Name { get; } = name;

    public T Value { get; internal set; } = value;

    /// <summary>True where the command line gave it.</summary>
    public bool IsSet { get; internal set; }
}
