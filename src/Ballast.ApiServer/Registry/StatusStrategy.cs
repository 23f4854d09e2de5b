using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry;

/// <summary>The strategy of a <c>status</c> subresource: everything but status and metadata stays as it was.</summary>
internal class StatusStrategy : ResourceStrategy
{
    private readonly IResourceStrategy _main;

    /// <param name="main">The resource's own strategy, for defaults and generation.</param>
    public StatusStrategy(IResourceStrategy main)
    {
        _main = main;
        HasGeneration = main.HasGeneration;
        AllowUnconditionalUpdate = main.AllowUnconditionalUpdate;
    }

    public override void Default(JsonObject document) => _main.Default(document);

    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        foreach (var field in document.Select(f => f.Key).Union(old.Select(f => f.Key)).ToList())
        {
            if (field is not ("status" or "metadata" or "apiVersion" or "kind"))
                document.CarryOver(field, old);
        }
    }

    public override bool HoldsBackDeletion(JsonObject document) => _main.HoldsBackDeletion(document);

    protected override void CheckUpdate(Field document, JsonObject old) { }
}
