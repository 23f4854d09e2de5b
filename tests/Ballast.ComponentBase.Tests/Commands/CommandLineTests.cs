using System.CommandLine;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Flags;

namespace Ballast.ComponentBase.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Flags_take_upstreams_syntax()
    {
        Flag<string>? name = null;
        Flag<bool>? elect = null, profiling = null;
        Flag<IReadOnlyList<string>>? servers = null;
        Flag<TimeSpan>? delay = null;
        var root = Root(flags =>
        {
            name = flags.String("name", "default", "A name.");
            elect = flags.Bool("leader-elect", false, "Elect.");
            profiling = flags.Bool("profiling", true, "Profile.");
            servers = flags.StringSlice("servers", [], "Servers.");
            delay = flags.Duration("delay", TimeSpan.Zero, "Delay.");
        });
        Assert.Equal(0, await CommandLine.InvokeAsync(root,
            ["thing", "--name", "x", "--leader-elect", "--profiling=false", "--servers=a,b", "--servers", "c", "--delay=1m30s"]));
        Assert.Equal("x", name!.Value);
        Assert.True(elect!.Value);
        Assert.False(profiling!.Value);
        Assert.Equal(["a", "b", "c"], servers!.Value);
        Assert.Equal(TimeSpan.FromSeconds(90), delay!.Value);
    }

    [Fact]
    public async Task A_flag_that_is_not_given_keeps_its_default_and_says_so()
    {
        Flag<string>? name = null;
        Assert.Equal(0, await CommandLine.InvokeAsync(Root(flags => name = flags.String("name", "default", "A name.")), ["thing"]));
        Assert.Equal("default", name!.Value);
        Assert.False(name.IsSet);
    }

    [Fact]
    public async Task Help_tells_types_and_defaults_as_upstreams_components_do()
    {
        var output = new StringWriter();
        var root = Root(flags =>
        {
            flags.String("lock", "leases", "Which.");
            flags.Duration("period", TimeSpan.FromSeconds(90), "How often.");
            flags.StringSlice("types", ["Hostname", "InternalIP"], "Kinds.");
            flags.Bool("elect", true, "Elect.");
            flags.Int("port", 0, "Where.");
        });
        Assert.Equal(0, await root.Parse(["thing", "--help"]).InvokeAsync(new() { Output = output }, TestContext.Current.CancellationToken));
        var help = output.ToString().Split('\n').Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Contains("--lock <string> Which. (default \"leases\")", help);
        Assert.Contains("--period <duration> How often. (default 1m30s)", help);
        Assert.Contains("--types <strings> Kinds. (default [Hostname,InternalIP])", help);
        Assert.Contains("--elect Elect. (default true)", help);
        Assert.Contains("--port <int> Where.", help);
    }

    [Theory]
    [InlineData("--nam=x", "ballast thing: unknown flag \"--nam\", did you mean \"--name\"?")]
    [InlineData("--zzzzzzzzzzz", "ballast thing: unknown flag \"--zzzzzzzzzzz\"")]
    [InlineData("--count=many", "ballast thing: --count: \"many\" is not a whole number")]
    [InlineData("--delay=5", "ballast thing: --delay: \"5\" is not a duration like 15s or 1h30m")]
    [InlineData("stray", "ballast thing: unexpected argument \"stray\"")]
    public async Task What_cannot_be_parsed_is_named_in_one_sentence(string argument, string sentence)
    {
        var root = Root(flags =>
        {
            flags.String("name", "", "A name.");
            flags.Int("count", 1, "A number.");
            flags.Duration("delay", TimeSpan.Zero, "Delay.");
        });
        var (code, error) = await CaptureAsync(() => CommandLine.InvokeAsync(root, ["thing", argument]));
        Assert.Equal(2, code);
        Assert.Equal(sentence, error.Split('\n')[0]);
    }

    [Fact]
    public async Task A_users_mistake_ends_without_a_stack_trace()
    {
        var root = new RootCommand();
        root.Subcommands.Add(ComponentCommand.Create("thing", "A thing.", _ => (_, _) => throw new UsageException("no backend is given")));
        var (code, error) = await CaptureAsync(() => CommandLine.InvokeAsync(root, ["thing"]));
        Assert.Equal(1, code);
        Assert.Equal("thing: no backend is given\n", error);
    }

    private static RootCommand Root(Action<FlagSet> declare)
    {
        var root = new RootCommand();
        root.Subcommands.Add(ComponentCommand.Create("thing", "A thing.", flags =>
        {
            declare(flags);
            return (_, _) => Task.FromResult(0);
        }));
        return root;
    }

    private static async Task<(int Code, string Error)> CaptureAsync(Func<Task<int>> run)
    {
        var (old, captured) = (Console.Error, new StringWriter());
        Console.SetError(captured);
        try
        {
            return (await run(), captured.ToString());
        }
        finally
        {
            Console.SetError(old);
        }
    }
}
