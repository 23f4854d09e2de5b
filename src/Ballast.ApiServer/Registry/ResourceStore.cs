using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Registry;

/// <summary>
/// The store of every resource: what is particular to one comes from its strategy. An update or deletion is first tried on the object as the cache has it; what
/// fails on that is tried again on the newest, so that a stale cache costs a retry and never a wrong answer.
/// </summary>
public sealed class ResourceStore(ResourceDefinition definition, IObjectStore objects, IWriteAdmission admission, TimeProvider time) : IResourceStore
{
    public ResourceDefinition Definition => definition;

    public IObjectStore Objects => objects;

    public async Task<StoredObject> CreateAsync(ResourceRequest request, JsonObject document, CancellationToken cancel)
    {
        var strategy = definition.Strategy;
        if (document.ResourceVersion.Length > 0)
            throw StatusException.BadRequest("resourceVersion should not be set on objects to be created");
        if (definition.Namespaced)
            document.Namespace = request.Namespace;
        else
            document.Metadata.Remove("namespace");
        strategy.Default(document);
        await admission.MutateAsync(new(WriteOperation.Create, definition, request, document, null), cancel);
        ObjectMetadata.PrepareForCreate(document, strategy.HasGeneration, time);
        strategy.PrepareForCreate(document);
        strategy.StampRequester(document, request);

        var prefix = document.Name.Length == 0 ? document.Metadata.StringAt("generateName") ?? "" : "";
        for (var attempt = 1; ; attempt++)
        {
            if (prefix.Length > 0)
                document.Name = NameGenerator.Generate(prefix);
            if (attempt == 1)
                FieldOwnership.Track(request, null, document, definition, time);
            Refuse(document, MetadataValidation.Validate(document, definition).Concat(strategy.Validate(document)));
            Warn(request, strategy.Warnings(document, null));
            await admission.ValidateAsync(new(WriteOperation.Create, definition, request, document, null), cancel);
            try
            {
                return await WriteNewAsync(request, strategy, document, cancel);
            }
            catch (StorageException taken) when (taken.Error == StorageError.KeyExists && prefix.Length > 0 && attempt < NameGenerator.MaxTries)
            {
            }
            catch (StorageException failure)
            {
                throw failure.ToStatus(definition.GroupResource, document.Name);
            }
        }
    }

    public async Task<(StoredObject Object, bool Created)> UpdateAsync(ResourceRequest request, Func<JsonObject?, JsonObject> change, CancellationToken cancel)
    {
        var strategy = StrategyOf(request.Subresource);
        var (current, isNewest) = (await ReadAsync(request, ReadConsistency.Any, cancel), false);
        while (true)
        {
            if (current is null && isNewest)
            {
                if (!(strategy.AllowCreateOnUpdate || request.IsApply) || request.Subresource.Length > 0)
                    throw StatusException.NotFound(definition.GroupResource, request.Name);
                var made = change(null);
                made.Metadata.Remove("resourceVersion");
                made.Name = request.Name;
                return (await CreateAsync(request, made, cancel), true);
            }
            try
            {
                if (current is not null && await TryUpdateAsync(request, strategy, current, isNewest, change, cancel) is { } done)
                    return (done, false);
            }
            catch (StorageException lost) when (lost is { Error: StorageError.Conflict, Current: { } newer })
            {
                (current, isNewest) = (newer, true);
                continue;
            }
            catch (StorageException gone) when (gone.Error == StorageError.NotFound)
            {
                (current, isNewest) = (null, true);
                continue;
            }
            catch (StorageException failure)
            {
                throw failure.ToStatus(definition.GroupResource, request.Name);
            }
            catch (StatusException) when (!isNewest)
            {
                // Refused on what the cache has; only the newest object decides.
            }
            (current, isNewest) = (await ReadAsync(request, ReadConsistency.Linearizable, cancel), true);
        }
    }

    public async Task<(StoredObject Object, bool Gone)> DeleteAsync(ResourceRequest request, DeleteOptions options, CancellationToken cancel)
    {
        var (current, isNewest) = (await ReadAsync(request, ReadConsistency.Any, cancel), false);
        while (true)
        {
            try
            {
                if (current is not null)
                    return await TryDeleteAsync(request, current, options, cancel);
                if (isNewest)
                    throw StatusException.NotFound(definition.GroupResource, request.Name);
            }
            catch (StorageException lost) when (lost is { Error: StorageError.Conflict, Current: { } newer })
            {
                (current, isNewest) = (newer, true);
                continue;
            }
            catch (StorageException failure) when (failure.Error != StorageError.NotFound || isNewest)
            {
                throw failure.ToStatus(definition.GroupResource, request.Name);
            }
            catch (Exception stale) when (!isNewest && stale is StatusException or StorageException)
            {
            }
            (current, isNewest) = (await ReadAsync(request, ReadConsistency.Linearizable, cancel), true);
        }
    }

    /// <summary>Null where the change leaves the object as the cache has it, which may not be the newest.</summary>
    private async Task<StoredObject?> TryUpdateAsync(
        ResourceRequest request, IResourceStrategy strategy, StoredObject current, bool isNewest, Func<JsonObject?, JsonObject> change, CancellationToken cancel)
    {
        var old = current.ToDocument();
        var document = change(current.ToDocument());
        CheckPreconditions(request, strategy, document, old);
        strategy.Default(document);
        await admission.MutateAsync(new(WriteOperation.Update, definition, request, document, old), cancel);
        ObjectMetadata.PrepareForUpdate(document, old);
        strategy.PrepareForUpdate(document, old);
        if (strategy.HasGeneration && strategy.IsNewGeneration(document, old))
            document.Generation = old.Generation + 1;
        Refuse(document, MetadataValidation.ValidateUpdate(document, old, definition).Concat(strategy.ValidateUpdate(document, old)));
        Warn(request, strategy.Warnings(document, old));
        await admission.ValidateAsync(new(WriteOperation.Update, definition, request, document, old), cancel);

        FieldOwnership.Track(request, old, document, definition, time);
        ObjectMetadata.Tidy(document);
        ObjectMetadata.Tidy(old);
        if (Deletion.IsComplete(document, definition.Strategy))
            return await RemoveAsync(request, current, document, cancel);
        var json = Documents.Encode(document);
        if (json.AsSpan().SequenceEqual(Documents.Encode(old)))
            return isNewest ? current : null;
        if (request.DryRun)
            return current with { Json = Documents.Encode(WithVersion(document, current)) };
        if (definition.Effects is not { } effects)
            return await objects.UpdateAsync(current.Key, current.Version, json, strategy.TimeToLive, cancel);
        var written = await WriteAsync(
            () => effects.BeforeUpdateAsync(document, old, request.DryRun, cancel),
            () => objects.UpdateAsync(current.Key, current.Version, Documents.Encode(document), strategy.TimeToLive, cancel));
        await effects.AfterUpdateAsync(document, old, cancel);
        return written;
    }

    private async Task<(StoredObject Object, bool Gone)> TryDeleteAsync(ResourceRequest request, StoredObject current, DeleteOptions options, CancellationToken cancel)
    {
        var document = current.ToDocument();
        CheckPreconditions(options, document);
        var write = new PendingWrite(WriteOperation.Delete, definition, request, null, document);
        await admission.MutateAsync(write, cancel);
        await admission.ValidateAsync(write, cancel);
        switch (Deletion.Plan(document, definition.Strategy, options, time.GetUtcNow()))
        {
            case DeletionStep.Remove:
                return (await RemoveAsync(request, current, document, cancel), true);
            case DeletionStep.Update when request.DryRun:
                return (current with { Json = Documents.Encode(document) }, false);
            case DeletionStep.Update:
                ObjectMetadata.Tidy(document);
                return (await objects.UpdateAsync(current.Key, current.Version, Documents.Encode(document), definition.Strategy.TimeToLive, cancel), false);
            default:
                return (current, false);
        }
    }

    private async Task<StoredObject> RemoveAsync(ResourceRequest request, StoredObject current, JsonObject document, CancellationToken cancel)
    {
        if (!request.DryRun)
        {
            _ = await objects.DeleteAsync(current.Key, current.Version, cancel);
            if (definition.Effects is { } effects)
                await effects.AfterDeleteAsync(document, cancel);
        }
        return current with { Json = Documents.Encode(WithVersion(document, current)) };
    }

    private async Task<StoredObject> WriteNewAsync(ResourceRequest request, IResourceStrategy strategy, JsonObject document, CancellationToken cancel)
    {
        ObjectMetadata.Tidy(document);
        var key = KeyOf(document.Namespace, document.Name);
        return await WriteAsync(
            definition.Effects is { } effects ? () => effects.BeforeCreateAsync(document, request.DryRun, cancel) : null,
            async () =>
            {
                if (!request.DryRun)
                    return await objects.CreateAsync(key, Documents.Encode(document), strategy.TimeToLive, cancel);
                if (await objects.GetAsync(key, ReadConsistency.Any, cancel) is not null)
                    throw new StorageException(StorageError.KeyExists, key);
                return new StoredObject(key, 0, Documents.Encode(document));
            });
    }

    /// <summary>The effects, then the write; what the effects took is given back where the write failed for certain.</summary>
    private static async Task<StoredObject> WriteAsync(Func<Task<Func<Task>?>>? effects, Func<Task<StoredObject>> write)
    {
        var undo = effects is null ? null : await effects();
        try
        {
            return await write();
        }
        catch (StorageException failure) when (undo is not null && failure.Error != StorageError.Unknown)
        {
            await undo();
            throw;
        }
    }

    private async Task<StoredObject?> ReadAsync(ResourceRequest request, ReadConsistency consistency, CancellationToken cancel)
    {
        try
        {
            return await objects.GetAsync(KeyOf(request.Namespace, request.Name), consistency, cancel);
        }
        catch (StorageException failure)
        {
            throw failure.ToStatus(definition.GroupResource, request.Name);
        }
    }

    private string KeyOf(string ns, string name) => definition.Namespaced ? $"{ns}/{name}" : name;

    private IResourceStrategy StrategyOf(string subresource) =>
        subresource.Length > 0 && definition.Subresources.TryGetValue(subresource, out var found) && found.Handler is FieldSubresource fields
            ? fields.Strategy : definition.Strategy;

    private void CheckPreconditions(ResourceRequest request, IResourceStrategy strategy, JsonObject document, JsonObject old)
    {
        var asked = document.ResourceVersion;
        if (asked.Length == 0 && !strategy.AllowUnconditionalUpdate)
            Refuse(document, [ApiMachinery.Validation.FieldError.Invalid(
                ApiMachinery.Validation.FieldPath.Of("metadata").Child("resourceVersion"), 0, "must be specified for an update")]);
        if (document.Uid.Length > 0 && document.Uid != old.Uid)
            throw StatusException.Conflict(definition.GroupResource, request.Name, $"Precondition failed: UID in precondition: {document.Uid}, UID in object meta: {old.Uid}");
        if (asked.Length > 0 && asked != "0" && asked != old.ResourceVersion)
            throw StatusException.Modified(definition.GroupResource, request.Name);
    }

    private void CheckPreconditions(DeleteOptions options, JsonObject document)
    {
        if (options.PreconditionUid is { } uid && uid != document.Uid)
            throw StatusException.Conflict(definition.GroupResource, document.Name,
                $"the UID in the precondition ({uid}) does not match the UID in record ({document.Uid}). The object might have been deleted and then recreated");
        if (options.PreconditionResourceVersion is { } version && version != document.ResourceVersion)
            throw StatusException.Conflict(definition.GroupResource, document.Name,
                $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({document.ResourceVersion}). The object might have been modified");
    }

    private void Refuse(JsonObject document, IEnumerable<ApiMachinery.Validation.FieldError> errors)
    {
        var found = errors.ToArray();
        if (found.Length > 0)
            throw StatusException.Invalid(definition.GroupKind, document.Name, found);
    }

    private static void Warn(ResourceRequest request, IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
            request.Warnings.Add(warning);
    }

    private static JsonObject WithVersion(JsonObject document, StoredObject current)
    {
        document.ResourceVersion = current.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return document;
    }
}
