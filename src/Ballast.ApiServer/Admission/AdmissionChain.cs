using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Admission;

/// <summary>Runs the plugins on every write, in their order: all that change it, then all that only judge it.</summary>
public sealed class AdmissionChain(IReadOnlyList<IAdmissionPlugin> plugins) : IWriteAdmission
{
    private readonly IMutatingAdmission[] _mutating = [.. plugins.OfType<IMutatingAdmission>()];
    private readonly IValidatingAdmission[] _validating = [.. plugins.OfType<IValidatingAdmission>()];

    public async ValueTask MutateAsync(PendingWrite write, CancellationToken cancel)
    {
        var attributes = AttributesOf(write);
        foreach (var plugin in _mutating)
            if (plugin.Handles(attributes.Operation))
                await plugin.AdmitAsync(attributes, cancel);
    }

    public async ValueTask ValidateAsync(PendingWrite write, CancellationToken cancel)
    {
        var attributes = AttributesOf(write);
        foreach (var plugin in _validating)
            if (plugin.Handles(attributes.Operation))
                await plugin.ValidateAsync(attributes, cancel);
    }

    private static AdmissionAttributes AttributesOf(PendingWrite write) => new(
        write.Operation switch
        {
            WriteOperation.Create => AdmissionOperation.Create,
            WriteOperation.Update => AdmissionOperation.Update,
            _ => AdmissionOperation.Delete,
        },
        write.Definition, write.Request, write.Document, write.Old);
}
