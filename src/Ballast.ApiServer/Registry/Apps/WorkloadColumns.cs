using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Apps;

/// <summary>The columns that every kind with a pod template shows with <c>-o wide</c>.</summary>
internal static class WorkloadColumns
{
    public static Column Containers { get; } =
        Column.Text("Containers", "Names of each container in the template.", d => Cells.ContainerNames(d.Object("spec", "template", "spec"))).Wide;

    public static Column Images { get; } =
        Column.Text("Images", "Images referenced by each container in the template.", d => Cells.ContainerImages(d.Object("spec", "template", "spec"))).Wide;

    public static Column Selector { get; } = Column.Text("Selector", "spec.selector", d => Cells.Selector(d.Object("spec", "selector"))).Wide;
}
