using System.Text.Json.Nodes;
using Ballast.ApiServer.CustomResources;
using Ballast.ApiServer.Registry.ApiExtensions;

namespace Ballast.ApiServer.Tests.CustomResources;

public sealed class NameClaimsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Free_names_are_accepted_and_doing_it_again_changes_nothing()
    {
        var crd = Crd("widgets", "Widget", "2026-01-01T00:00:00Z");
        var claims = new NameClaims([], [crd]);
        Assert.True(claims.Settle(crd, Now));
        Assert.Equal(("True", "NoConflicts", "no conflicts found"), Widgets.Condition(crd, "NamesAccepted"));
        Assert.Equal(("False", "Installing", "the initial names have been accepted"), Widgets.Condition(crd, "Established"));
        Assert.False(claims.Settle(crd, Now.AddMinutes(1)));
    }

    [Fact]
    public void Where_two_have_been_given_one_name_the_later_gives_it_up_on_every_server()
    {
        var (first, second) = (Crd("widgets", "Widget", "2026-01-01T00:00:00Z"), Crd("gizmos", "Widget", "2026-01-01T00:00:01Z"));
        // Two servers, each of which saw one of them only.
        _ = new NameClaims([], [first]).Settle(first, Now);
        _ = new NameClaims([], [second]).Settle(second, Now);

        var claims = new NameClaims([], [first, second]);
        Assert.False(claims.Settle(first, Now));
        Assert.True(claims.Settle(second, Now));
        Assert.Equal(("False", "ListKindConflict", "\"WidgetList\" is already in use"), Widgets.Condition(second, "NamesAccepted"));
        Assert.Equal(("False", "NotAccepted", "not all names are accepted"), Widgets.Condition(second, "Established"));
    }

    [Fact]
    public void Built_in_names_are_taken()
    {
        var builtIn = CustomResourceDefinitions.Definition(TimeProvider.System);
        var crd = Crd("things", "CustomResourceDefinition", "2026-01-01T00:00:00Z");
        crd["spec"]!["group"] = builtIn.Group;
        _ = new NameClaims([builtIn], [crd]).Settle(crd, Now);
        Assert.Equal(("False", "ListKindConflict", "\"CustomResourceDefinitionList\" is already in use"), Widgets.Condition(crd, "NamesAccepted"));
        crd["spec"]!["names"] = new JsonObject { ["plural"] = "things", ["singular"] = "thing", ["kind"] = "Thing", ["listKind"] = "ThingList", ["shortNames"] = new JsonArray("crd") };
        _ = new NameClaims([builtIn], [crd]).Settle(crd, Now);
        Assert.Equal(("False", "ShortNamesConflict", "\"crd\" is already in use"), Widgets.Condition(crd, "NamesAccepted"));
    }

    private static JsonObject Crd(string plural, string kind, string created) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = $"{plural}.example.com", ["uid"] = plural, ["creationTimestamp"] = created },
        ["spec"] = new JsonObject
        {
            ["group"] = "example.com",
            ["names"] = new JsonObject { ["plural"] = plural, ["singular"] = plural[..^1], ["kind"] = kind, ["listKind"] = kind + "List" },
        },
    };
}
