using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiServer.Registry;

/// <summary>
/// What is particular to a kind when it is written. Called in the order of the members, on documents in the storage version that belong to the
/// request; no I/O, no state. <c>metadata</c> has name and uid by then. Fields have the JSON types their schema gives them by then. The generic part (metadata, names, labels, owner references, schema, generation on spec change, uid) is done elsewhere,
/// for every kind alike.
/// </summary>
public interface IResourceStrategy
{
    /// <summary>May an update create the object where there is none (PUT to a new name)?</summary>
    bool AllowCreateOnUpdate => false;

    /// <summary>May an update come without a resourceVersion?</summary>
    bool AllowUnconditionalUpdate => true;

    /// <summary>How long etcd keeps it; null for ever. Events: one hour.</summary>
    TimeSpan? TimeToLive => null;

    /// <summary>Fills in what the client left out. Also run on what comes from etcd, so that old objects read as new ones would.</summary>
    void Default(JsonObject document) { }

    /// <summary>What is wrong with a new object's name, or its <c>generateName</c> where <paramref name="isPrefix"/>. A DNS subdomain by default.</summary>
    IEnumerable<string> ValidateName(string name, bool isPrefix) => NameRules.DnsSubdomain(name, isPrefix);

    /// <summary>Drops what a client may not set on creation (status) and sets what the server decides.</summary>
    void PrepareForCreate(JsonObject document) { }

    /// <summary>Writes into a new object who asked for it, for the few kinds whose meaning depends on it; a client cannot say so itself.</summary>
    void StampRequester(JsonObject document, ResourceRequest request) { }

    IEnumerable<FieldError> Validate(JsonObject document) => [];

    /// <summary>Carries over from <paramref name="old"/> what this write may not change (status on a main write, spec on a status write).</summary>
    void PrepareForUpdate(JsonObject document, JsonObject old) { }

    IEnumerable<FieldError> ValidateUpdate(JsonObject document, JsonObject old) => [];

    /// <summary>Sentences for the Warning header; the write goes on.</summary>
    IEnumerable<string> Warnings(JsonObject document, JsonObject? old) => [];

    /// <summary>Is <c>metadata.generation</c> counted (1 on creation, one more for each <see cref="IsNewGeneration"/>)? Kinds without it (ConfigMap, Secret) never carry one.</summary>
    bool HasGeneration => false;

    /// <summary>Does a change from <paramref name="old"/> to <paramref name="document"/> count? By default: when anything but metadata and status differs.</summary>
    bool IsNewGeneration(JsonObject document, JsonObject old) =>
        document.Select(f => f.Key).Union(old.Select(f => f.Key))
            .Where(field => field is not ("metadata" or "status" or "apiVersion" or "kind"))
            .Any(field => !JsonNode.DeepEquals(document[field], old[field]));

    /// <summary>
    /// The seconds of grace a deletion of <paramref name="document"/> gets, or null where the kind is deleted at once. Pods: what was asked, else
    /// <c>spec.terminationGracePeriodSeconds</c>, and 0 where no kubelet has it yet.
    /// </summary>
    long? GracePeriodSeconds(JsonObject document, long? asked) => null;

    /// <summary>What becomes of dependents where the client does not say: <c>Background</c>, or <c>Orphan</c> (Jobs, ReplicationControllers).</summary>
    string DefaultPropagationPolicy => "Background";

    /// <summary>Marks a document whose deletion begins. Namespaces: <c>status.phase</c> becomes Terminating.</summary>
    void PrepareForDelete(JsonObject document) { }

    /// <summary>Does something beside finalizers and grace hold back a deletion? Namespaces: <c>spec.finalizers</c>.</summary>
    bool HoldsBackDeletion(JsonObject document) => false;

    /// <summary>A deletion answers with the object as it last was (Pods, Services …), not with a Status.</summary>
    bool ReturnsDeletedObject => false;
}

/// <summary>
/// The server-side effects some writes need (cluster IPs and node ports for services, tokens): called inside the write with I/O allowed. What
/// <see cref="BeforeCreateAsync"/> or <see cref="BeforeUpdateAsync"/> took is given back by the returned callback where the write then fails.
/// </summary>
public interface IWriteEffects
{
    /// <summary>Returns what undoes the effect; awaited only where the write failed for certain.</summary>
    Task<Func<Task>?> BeforeCreateAsync(JsonObject document, bool dryRun, CancellationToken cancel);

    Task<Func<Task>?> BeforeUpdateAsync(JsonObject document, JsonObject old, bool dryRun, CancellationToken cancel);

    /// <summary>After the update is written: gives back what only <paramref name="old"/> held. As with deletion, a repair loop must find what this leaves.</summary>
    Task AfterUpdateAsync(JsonObject document, JsonObject old, CancellationToken cancel);

    /// <summary>After the object is gone from etcd. May be lost in a crash; what it frees must be found by a repair loop too.</summary>
    Task AfterDeleteAsync(JsonObject document, CancellationToken cancel);
}
