using System.Text.Json.Nodes;

namespace Ballast.ApiServer.Registry;

public enum WriteOperation
{
    Create,
    Update,
    Delete,
}

/// <param name="Operation">What it does.</param>
/// <param name="Definition">The resource.</param>
/// <param name="Request">Who and where; carries the subresource and collects warnings.</param>
/// <param name="Document">The new object, in the storage version; null on deletion.</param>
/// <param name="Old">The object as stored; null on creation.</param>
public sealed record PendingWrite(WriteOperation Operation, ResourceDefinition Definition, ResourceRequest Request, JsonObject? Document, JsonObject? Old);

/// <summary>What policy says to a write. Called once a try; keeps nothing between calls.</summary>
/// <exception cref="Ballast.ApiMachinery.Objects.StatusException">The refusal.</exception>
public interface IWriteAdmission
{
    /// <summary>May change the document. Before defaults of the strategy are final and before validation.</summary>
    ValueTask MutateAsync(PendingWrite write, CancellationToken cancel);

    /// <summary>Sees the document as it will be stored.</summary>
    ValueTask ValidateAsync(PendingWrite write, CancellationToken cancel);
}
