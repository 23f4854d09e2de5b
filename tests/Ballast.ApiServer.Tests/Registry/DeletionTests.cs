using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Tests.Registry;

public sealed class DeletionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Nothing_holds_a_plain_object() => Assert.Equal(DeletionStep.Remove, Plan(Object(), new Plain(), new()));

    [Fact]
    public void A_finalizer_holds_it_and_the_wait_is_marked()
    {
        var document = Object("example.com/hold");
        Assert.Equal(DeletionStep.Update, Plan(document, new Plain(), new()));
        Assert.Equal("2026-01-02T03:04:05Z", document.Metadata.StringAt("deletionTimestamp"));
        Assert.Equal(0, document.Metadata.LongAt("deletionGracePeriodSeconds"));
        Assert.Equal(4, document.Generation);
        Assert.Equal(DeletionStep.Wait, Plan(document, new Plain(), new()));
    }

    [Theory]
    [InlineData("Orphan", "orphan")]
    [InlineData("Foreground", "foregroundDeletion")]
    public void A_policy_leaves_its_finalizer_for_the_garbage_collector(string policy, string finalizer)
    {
        var document = Object();
        Assert.Equal(DeletionStep.Update, Plan(document, new Plain(), new() { PropagationPolicy = policy }));
        Assert.Equal([finalizer], document.Finalizers);
    }

    [Fact]
    public void A_later_policy_takes_the_place_of_an_earlier_one()
    {
        var document = Object("foregroundDeletion");
        Assert.Equal(DeletionStep.Remove, Plan(document, new Plain(), new() { PropagationPolicy = "Background" }));
        document = Object("foregroundDeletion");
        Assert.Equal(DeletionStep.Update, Plan(document, new Plain(), new() { PropagationPolicy = "Orphan" }));
        Assert.Equal(["orphan"], document.Finalizers);
    }

    [Fact]
    public void Grace_can_be_shortened_and_never_lengthened()
    {
        var document = Object();
        Assert.Equal(DeletionStep.Update, Plan(document, new Graceful(), new()));
        Assert.Equal("2026-01-02T03:04:35Z", document.Metadata.StringAt("deletionTimestamp"));
        Assert.Equal(DeletionStep.Wait, Plan(document, new Graceful(), new() { GracePeriodSeconds = 60 }));
        Assert.Equal(DeletionStep.Update, Plan(document, new Graceful(), new() { GracePeriodSeconds = 10 }));
        Assert.Equal("2026-01-02T03:04:15Z", document.Metadata.StringAt("deletionTimestamp"));
        Assert.Equal(DeletionStep.Remove, Plan(document, new Graceful(), new() { GracePeriodSeconds = 0 }));
    }

    [Fact]
    public void A_kind_can_hold_its_objects_back_by_itself()
    {
        var document = Object();
        document["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
        Assert.Equal(DeletionStep.Update, Plan(document, new SelfHeld(), new()));
        Assert.Equal("Terminating", (document["status"] as JsonObject)?.StringAt("phase"));
        Assert.False(Deletion.IsComplete(document, new SelfHeld()));
        document.Remove("spec");
        Assert.True(Deletion.IsComplete(document, new SelfHeld()));
    }

    private static DeletionStep Plan(JsonObject document, IResourceStrategy strategy, DeleteOptions options) => Deletion.Plan(document, strategy, options, Now);

    private static JsonObject Object(params string[] finalizers)
    {
        var metadata = new JsonObject { ["name"] = "a", ["generation"] = 3 };
        if (finalizers.Length > 0)
            metadata["finalizers"] = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]);
        return new JsonObject { ["metadata"] = metadata };
    }

    private sealed class Plain : IResourceStrategy;

    private sealed class Graceful : IResourceStrategy
    {
        public long? GracePeriodSeconds(JsonObject document, long? asked) => asked ?? 30;
    }

    private sealed class SelfHeld : IResourceStrategy
    {
        public void PrepareForDelete(JsonObject document) => document["status"] = new JsonObject { ["phase"] = "Terminating" };

        public bool HoldsBackDeletion(JsonObject document) => document.ContainsKey("spec");
    }
}
