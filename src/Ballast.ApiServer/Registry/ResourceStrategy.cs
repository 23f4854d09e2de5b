using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry;

/// <summary>
/// The strategy of a kind that has nothing particular to it, and the base of those that have. A kind with a status keeps it apart from the rest:
/// only its <c>status</c> subresource writes it.
/// </summary>
internal class ResourceStrategy : IResourceStrategy
{
    /// <summary>Has the kind a status that main writes leave alone?</summary>
    public bool HasStatus { get; init; }

    public bool HasGeneration { get; init; }

    public bool AllowCreateOnUpdate { get; init; }

    public bool AllowUnconditionalUpdate { get; init; } = true;

    public bool ReturnsDeletedObject { get; init; }

    public string DefaultPropagationPolicy { get; init; } = "Background";

    public virtual TimeSpan? TimeToLive => null;

    public virtual void Default(JsonObject document) { }

    public virtual IEnumerable<string> ValidateName(string name, bool isPrefix) => NameRules.DnsSubdomain(name, isPrefix);

    public virtual void PrepareForCreate(JsonObject document)
    {
        if (HasStatus)
            document.Remove("status");
    }

    public virtual void StampRequester(JsonObject document, ResourceRequest request) { }

    public virtual void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        if (HasStatus)
            document.CarryOver("status", old);
    }

    public IEnumerable<FieldError> Validate(JsonObject document) => Field.Collect(document, Check);

    public IEnumerable<FieldError> ValidateUpdate(JsonObject document, JsonObject old) => Field.Collect(document, field => CheckUpdate(field, old));

    public virtual IEnumerable<string> Warnings(JsonObject document, JsonObject? old) => [];

    public virtual long? GracePeriodSeconds(JsonObject document, long? asked) => null;

    public virtual void PrepareForDelete(JsonObject document) { }

    public virtual bool HoldsBackDeletion(JsonObject document) => false;

    /// <summary>What the object must be, whether new or changed.</summary>
    protected virtual void Check(Field document) { }

    /// <summary>What a change must be; by default, an object that could be created.</summary>
    protected virtual void CheckUpdate(Field document, JsonObject old) => Check(document);
}
